// SPDX-License-Identifier: Apache-2.0
#include "node/io/udp_link.hpp"

#include <cstring>

#include <fmt/format.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "core/io/asio_endpoint.hpp"

namespace muster::node {
namespace {

using asio::ip::udp;

/// Transient link-local group of Muster's beacons ("MUST"); see docs/protocol/beacon.md.
constexpr const char* beacon_group_v6 = "ff12::4d55:5354";
constexpr std::chrono::seconds interface_watch_interval{1};
/// A burst of frames from several neighbours must fit while the node is busy signing.
constexpr int socket_buffer_bytes = 1 << 20;

/// Why nothing can be sent over that interface now; empty if it can. `socket` may be any.
std::string trouble_of(const std::string& name, int socket) {
  ifreq request{};
  if (name.size() < sizeof request.ifr_name) {
    std::memcpy(request.ifr_name, name.c_str(), name.size());
    if (ioctl(socket, SIOCGIFFLAGS, &request) == 0) {
      const bool up = (static_cast<unsigned>(request.ifr_flags) & IFF_UP) != 0;
      return up ? "" : "the interface is down";
    }
  }
  return "there is no such interface";
}

ErrorCode last_error() { return {errno, boost::system::system_category()}; }

}  // namespace

UdpLink::UdpLink(asio::io_context& io, LinkSettings settings, Handlers handlers)
    : settings_(std::move(settings)),
      handlers_(std::move(handlers)),
      v6_(io),
      v4_(io),
      timer_(io),
      asked_(io, udp::v4()) {}

void UdpLink::start() {
  try_open();
  watch();
}

void UdpLink::watch() {
  timer_.expires_after(interface_watch_interval);
  timer_.async_wait([this](ErrorCode error) {
    if (error) return;
    if (!up_) {
      try_open();
    } else if (if_nametoindex(settings_.interface.c_str()) != index_) {
      close("the interface has gone");
    } else if (auto trouble = trouble_of(settings_.interface, asked_.native_handle());
               !trouble.empty()) {
      close(std::move(trouble));
    }
    watch();
  });
}

void UdpLink::try_open() {
  auto trouble = trouble_of(settings_.interface, asked_.native_handle());
  index_ = if_nametoindex(settings_.interface.c_str());
  if (trouble.empty()) {
    // A link needs one of the two families; hosts without IPv6 or without an IPv4 address exist.
    // But a port that another program holds is never half ours: neighbours would reach that
    // program.
    const ErrorCode six = open_v6(index_);
    const ErrorCode four = open_v4();
    const bool taken = six == asio::error::address_in_use || four == asio::error::address_in_use;
    if (six || taken) v6_.socket.close();
    if (four || taken) v4_.socket.close();
    if (taken || (six && four)) {
      const ErrorCode why = six == asio::error::address_in_use ? six : four;
      trouble = fmt::format("UDP port {}: {}", settings_.port, why.message());
    }
  }
  if (trouble.empty()) {
    up_ = true;
    trouble_.clear();
    if (v6_.socket.is_open()) receive(v6_);
    if (v4_.socket.is_open()) receive(v4_);
    handlers_.changed(true, {});
  } else {
    say_down(std::move(trouble));
  }
}

/// Whatever else is wrong after that: it has been said that the link is down.
void UdpLink::say_down(std::string why) {
  const bool said = !trouble_.empty();
  trouble_ = std::move(why);
  if (!said) handlers_.changed(false, trouble_);
}

ErrorCode UdpLink::bind_to_interface(Socket& socket, const udp& family) {
  ErrorCode error;
  if (socket.open(family, error)) return error;
  const auto& name = settings_.interface;
  if (setsockopt(socket.native_handle(), SOL_SOCKET, SO_BINDTODEVICE, name.c_str(),
                 static_cast<socklen_t>(name.size())) != 0) {
    return last_error();
  }
  socket.set_option(asio::socket_base::receive_buffer_size{socket_buffer_bytes}, error);
  socket.set_option(asio::socket_base::send_buffer_size{socket_buffer_bytes}, error);
  error.clear();
  if (family == udp::v6()) socket.set_option(asio::ip::v6_only{true}, error);
  if (!error) socket.bind({family, settings_.port}, error);
  if (!error) socket.non_blocking(true, error);
  return error;
}

ErrorCode UdpLink::open_v6(unsigned index) {
  ErrorCode error = bind_to_interface(v6_.socket, udp::v6());
  const auto group = asio::ip::make_address_v6(beacon_group_v6);
  if (!error) v6_.socket.set_option(asio::ip::multicast::join_group{group, index}, error);
  if (!error) v6_.socket.set_option(asio::ip::multicast::outbound_interface{index}, error);
  if (!error) v6_.socket.set_option(asio::ip::multicast::enable_loopback{false}, error);
  return error;
}

ErrorCode UdpLink::open_v4() {
  ErrorCode error = bind_to_interface(v4_.socket, udp::v4());
  if (!error) v4_.socket.set_option(asio::socket_base::broadcast{true}, error);
  return error;
}

void UdpLink::close(std::string why) {
  ErrorCode ignored;
  v6_.socket.close(ignored);
  v4_.socket.close(ignored);
  up_ = false;
  say_down(std::move(why));
}

void UdpLink::receive(Side& side) {
  side.socket.async_receive_from(
      asio::buffer(side.buffer), side.from, [this, &side](ErrorCode error, std::size_t size) {
        if (error == asio::error::operation_aborted || !side.socket.is_open()) return;
        // A send to a neighbour that has no socket comes back here as "refused": not our trouble.
        if (!error) {
          // The link is the interface: its index, new with every start, says nothing more.
          IpEndpoint from = to_endpoint(side.from);
          from.address.scope = 0;
          handlers_.received(LinkAddress::from_ip(from), BytesView{side.buffer}.first(size));
        } else if (error != asio::error::connection_refused) {
          ++receive_errors_;
        }
        receive(side);
      });
}

void UdpLink::send_on(Side& side, const udp::endpoint& to, BytesView datagram) {
  if (!side.socket.is_open()) return;
  ErrorCode lost;  // a full queue or a missing route is a lost frame: repaired by the hop
  side.socket.send_to(asio::buffer(datagram.data(), datagram.size()), to, 0, lost);
  if (lost) ++send_errors_;
}

void UdpLink::send(const LinkAddress& to, BytesView datagram) {
  auto endpoint = to.as_ip();
  if (!endpoint) return;
  if (endpoint->address.is_link_local_v6()) endpoint->address.scope = index_;
  send_on(endpoint->address.v6 ? v6_ : v4_, to_asio(*endpoint), datagram);
}

void UdpLink::send_to_all(BytesView datagram) {
  auto group = asio::ip::make_address_v6(beacon_group_v6);
  group.scope_id(index_);
  send_on(v6_, {group, settings_.port}, datagram);
  send_on(v4_, {asio::ip::address_v4::broadcast(), settings_.port}, datagram);
}

}  // namespace muster::node
