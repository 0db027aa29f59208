// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

namespace muster::node {

/// A ZeroMQ socket with a context of its own; both end with the object.
class ZmqSocket {
 public:
  /// `type`: ZMQ_REP, ZMQ_PUB ... Nothing lingers when it is closed.
  explicit ZmqSocket(int type);

  void set_option(int option, int value);
  void set_option(int option, std::int64_t value);
  void subscribe_to_all();
  /// An ipc:// socket that only its owner may use (0600).
  [[nodiscard]] Result<void> bind_private(const std::string& endpoint);
  [[nodiscard]] Result<void> connect(const std::string& endpoint);
  [[nodiscard]] bool send(BytesView message, int flags);
  /// One whole message; nothing if there is none in time.
  [[nodiscard]] std::optional<Bytes> take(int flags);
  /// Becomes readable when there may be something to take.
  [[nodiscard]] int descriptor() const;

 private:
  struct ContextCloser {
    void operator()(void* context) const;
  };
  struct SocketCloser {
    void operator()(void* socket) const;
  };
  std::unique_ptr<void, ContextCloser> context_;
  std::unique_ptr<void, SocketCloser> socket_;
};

/// What the address of the events has more than that of the control socket.
inline constexpr const char* events_suffix = ".events";

[[nodiscard]] bool is_ipc(const std::string& endpoint);
/// Where the events of the node with this control socket are published.
[[nodiscard]] std::string events_endpoint(const std::string& control_endpoint);
/// Nothing if the socket is there and ours to use; else why not.
[[nodiscard]] std::optional<Failure> unusable(const std::string& endpoint);

}  // namespace muster::node
