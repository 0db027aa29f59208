// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/link_address.hpp"
#include "core/io/asio.hpp"
#include "node/link_settings.hpp"
#include "radio/short_header.hpp"

namespace muster::node {

/// One way of reaching radio neighbours, driven by the io_context. One that is missing or vanishes
/// is tried again for ever, and says so once each way.
class Link {
 public:
  struct Handlers {
    std::function<void(const LinkAddress& from, BytesView datagram)> received;
    std::function<void(bool up, const std::string& why)> changed;
    /// The channel was in use for a datagram of so much, not for us.
    std::function<void(std::size_t datagram_bytes)> overheard{};
  };

  Link() = default;
  Link(const Link&) = delete;
  virtual ~Link() = default;

  /// Opens the link if it is there; in any case keeps trying.
  virtual void start() = 0;
  virtual void send(const LinkAddress& to, BytesView datagram) = 0;
  virtual void send_to_all(BytesView datagram) = 0;
  /// Why it is down; empty while it is up.
  [[nodiscard]] virtual const std::string& trouble() const = 0;
  /// Frames that could not be handed on: no route, no room.
  [[nodiscard]] virtual std::uint64_t send_errors() const = 0;
  /// What came in and made no sense.
  [[nodiscard]] virtual std::uint64_t receive_errors() const = 0;
};

/// The link that `settings` describes; `self` is this node's name on radios without addresses.
[[nodiscard]] std::unique_ptr<Link> make_link(asio::io_context& io, const LinkSettings& settings,
                                              radio::ShortStation self, Link::Handlers handlers);

}  // namespace muster::node
