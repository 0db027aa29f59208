// SPDX-License-Identifier: Apache-2.0
#include "discovery/io/ares_channel.hpp"

#include <fmt/format.h>
#include <sys/time.h>

namespace muster::discovery {
namespace {

constexpr int timeout_ms = 2000;
constexpr int tries = 2;  ///< of each server, the second time twice as long

}  // namespace

Result<std::unique_ptr<AresChannel>> AresChannel::open(asio::io_context& io,
                                                       const std::string& servers) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  std::unique_ptr<AresChannel> made{new AresChannel(io)};
  ares_options options{};
  options.timeout = timeout_ms;
  options.tries = tries;
  // The overlay's name is whole: no domain of this network belongs behind it.
  options.flags = ARES_FLAG_NOSEARCH;
  options.sock_state_cb = &AresChannel::socket_state;
  options.sock_state_cb_data = made.get();
  int status = library;
  if (status == ARES_SUCCESS) {
    status = ares_init_options(
        &made->channel_, &options,
        ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_FLAGS | ARES_OPT_SOCK_STATE_CB);
  }
  if (status == ARES_SUCCESS && !servers.empty()) {
    status = ares_set_servers_ports_csv(made->channel_, servers.c_str());
  }
  if (status != ARES_SUCCESS) {
    return fail(fmt::format("the resolver cannot start: {}", ares_strerror(status)));
  }
  return made;
}

AresChannel::~AresChannel() {
  if (channel_ != nullptr) ares_destroy(channel_);
  for (auto& [number, socket] : sockets_) socket->descriptor.release();
}

void AresChannel::socket_state(void* self, ares_socket_t socket, int readable, int writable) {
  static_cast<AresChannel*>(self)->socket_state(socket, readable != 0, writable != 0);
}

/// Neither: c-ares is about to close it.
void AresChannel::socket_state(ares_socket_t number, bool readable, bool writable) {
  auto at = sockets_.find(number);
  if (!readable && !writable) {
    if (at == sockets_.end()) return;
    at->second->descriptor.release();
    sockets_.erase(at);
    return;
  }
  if (at == sockets_.end()) {
    at = sockets_.emplace(number, std::make_shared<Socket>(io_)).first;
    ErrorCode refused;  // then its question runs out of time
    at->second->descriptor.assign(number, refused);
  }
  at->second->to_read = readable;
  at->second->to_write = writable;
  wait(number);
}

void AresChannel::wait(ares_socket_t number) {
  const auto at = sockets_.find(number);
  if (at == sockets_.end()) return;
  auto& socket = *at->second;
  const auto when_ready = [&](bool& waits, auto what, ares_socket_t readable,
                              ares_socket_t writable) {
    waits = true;
    // A socket that was closed meanwhile, perhaps with all of this, is nobody's business any more.
    socket.descriptor.async_wait(what, [this, &waits, number, readable, writable,
                                        held = std::weak_ptr<Socket>(at->second)](ErrorCode error) {
      const auto still = held.lock();
      if (!still || error) return;
      waits = false;
      process(readable, writable);
      // Unless that number is another socket's by now.
      const auto now = sockets_.find(number);
      if (now != sockets_.end() && now->second == still) wait(number);
    });
  };
  using Descriptor = asio::posix::stream_descriptor;
  if (socket.to_read && !socket.waits_to_read) {
    when_ready(socket.waits_to_read, Descriptor::wait_read, number, ARES_SOCKET_BAD);
  }
  if (socket.to_write && !socket.waits_to_write) {
    when_ready(socket.waits_to_write, Descriptor::wait_write, ARES_SOCKET_BAD, number);
  }
}

void AresChannel::process(ares_socket_t readable, ares_socket_t writable) {
  ares_process_fd(channel_, readable, writable);
  set_timer();
}

void AresChannel::set_timer() {
  timeval span{};
  if (ares_timeout(channel_, nullptr, &span) == nullptr) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(std::chrono::seconds{span.tv_sec} + std::chrono::microseconds{span.tv_usec});
  timer_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](ErrorCode error) {
    if (error || alive.expired()) return;
    process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  });
}

}  // namespace muster::discovery
