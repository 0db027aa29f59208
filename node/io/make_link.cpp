// SPDX-License-Identifier: Apache-2.0
#include "node/io/link.hpp"
#include "node/io/stream_link.hpp"
#include "node/io/tunnel_listener.hpp"
#include "node/io/udp_link.hpp"
#include "radio/pipe_modem.hpp"
#include "radio/tunnel_modem.hpp"

namespace muster::node {
namespace {

std::unique_ptr<radio::Modem> make_modem(const LinkSettings& settings, radio::ShortStation self) {
  switch (settings.kind) {
    case LinkKind::kiss_tcp:
    case LinkKind::kiss_serial:
      // Checked when the configuration was read.
      return std::make_unique<radio::KissModem>(radio::KissModem::Config{
          radio::Ax25Station::parse(settings.station).value(), settings.kiss_port, settings.kiss});
    case LinkKind::rnode:
      return std::make_unique<radio::RnodeModem>(radio::RnodeModem::Config{self, settings.rnode});
    case LinkKind::tcp:
      return std::make_unique<radio::TunnelModem>(LinkAddress{to_bytes(as_bytes("tunnel"))});
    case LinkKind::serial:
    case LinkKind::udp:
    case LinkKind::tcp_listen:
      break;
  }
  return std::make_unique<radio::PipeModem>(self);
}

}  // namespace

std::unique_ptr<Link> make_link(asio::io_context& io, const LinkSettings& settings,
                                radio::ShortStation self, Link::Handlers handlers) {
  if (settings.kind == LinkKind::udp) {
    return std::make_unique<UdpLink>(io, settings, std::move(handlers));
  }
  if (settings.kind == LinkKind::tcp_listen) {
    return std::make_unique<TunnelListener>(io, settings, std::move(handlers));
  }
  return std::make_unique<StreamLink>(io, settings, make_modem(settings, self),
                                      std::move(handlers));
}

}  // namespace muster::node
