// SPDX-License-Identifier: Apache-2.0
#include "discovery/io/mdns_discovery.hpp"

#include "discovery/io/mdns_worker.hpp"

namespace muster::discovery {
namespace {

/// `handler` of the one who lives on `io`, callable from anywhere; nothing once they have ended.
template <typename... Arguments>
auto by_way_of(asio::io_context& io, const std::shared_ptr<MdnsDiscovery::Handlers>& handlers,
               std::function<void(Arguments...)> MdnsDiscovery::Handlers::*handler) {
  return [&io, weak = std::weak_ptr(handlers), handler](const auto&... arguments) {
    asio::post(io, [weak, handler, arguments...] {
      if (const auto alive = weak.lock()) ((*alive).*handler)(arguments...);
    });
  };
}

}  // namespace

MdnsDiscovery::MdnsDiscovery(asio::io_context& io, Config config, ports::Random& random,
                             Handlers handlers)
    : handlers_(std::make_shared<Handlers>(std::move(handlers))),
      worker_(std::make_unique<MdnsWorker>(worker_io_, std::move(config), random,
                                           Handlers{by_way_of(io, handlers_, &Handlers::found),
                                                    by_way_of(io, handlers_, &Handlers::gone),
                                                    by_way_of(io, handlers_, &Handlers::counted),
                                                    by_way_of(io, handlers_, &Handlers::said)})) {
  asio::post(worker_io_, [this] { worker_->start(); });
  thread_ = std::thread([this] { worker_io_.run(); });
}

MdnsDiscovery::~MdnsDiscovery() {
  handlers_.reset();
  asio::post(worker_io_, [this] {
    worker_->end();
    worker_io_.stop();
  });
  thread_.join();
}

}  // namespace muster::discovery
