// SPDX-License-Identifier: Apache-2.0
#include "node/io/control_server.hpp"

#include <fmt/format.h>
#include <zmq.h>

#include "node/io/control_codec.hpp"
#include "node/io/zmq_socket.hpp"

namespace muster::node {

Result<std::unique_ptr<ControlServer>> ControlServer::open(asio::io_context& io,
                                                           const std::string& endpoint,
                                                           Answer answer) {
  if (!is_ipc(endpoint)) {
    return fail(fmt::format("control socket {}: not an ipc:// address; use ipc:///PATH", endpoint));
  }
  if (ask_node(endpoint, Question::status, std::chrono::milliseconds{300})) {
    return fail(fmt::format(
        "control socket {}: another musterd answers there; stop it or set control.socket",
        endpoint));
  }
  auto socket = std::make_unique<ZmqSocket>(ZMQ_REP);
  // A request longer than the limit ends the connection: the socket is ours alone (0600).
  socket->set_option(ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(control_request_bytes_max));
  if (auto bound = socket->bind_private(endpoint); !bound) {
    return tl::make_unexpected(bound.error());
  }
  return std::unique_ptr<ControlServer>(
      new ControlServer(io, std::move(socket), std::move(answer)));
}

ControlServer::ControlServer(asio::io_context& io, std::unique_ptr<ZmqSocket> socket, Answer answer)
    : socket_(std::move(socket)), readable_(io), answer_(std::move(answer)) {
  readable_.assign(socket_->descriptor());
  serve();
}

ControlServer::~ControlServer() { readable_.release(); }

void ControlServer::wait() {
  readable_.async_wait(asio::posix::stream_descriptor::wait_read, [this](ErrorCode error) {
    if (!error) serve();
  });
}

/// ZeroMQ's descriptor signals edges: everything there is must be read before waiting again.
void ControlServer::serve() {
  while (const auto request = socket_->take(ZMQ_DONTWAIT)) {
    const auto asked = decode_question(*request);
    const Bytes reply = asked ? encode_report(answer_(*asked))
                              : encode_refusal("this request is not known to this musterd");
    // Whoever asked and has gone is not waited for.
    static_cast<void>(socket_->send(reply, ZMQ_DONTWAIT));
  }
  wait();
}

Result<Report> ask_node(const std::string& endpoint, const Asked& asked,
                        std::chrono::milliseconds timeout) {
  if (auto why = unusable(endpoint)) return tl::make_unexpected(*why);
  ZmqSocket socket{ZMQ_REQ};
  const int wait_ms = static_cast<int>(timeout.count());
  socket.set_option(ZMQ_RCVTIMEO, wait_ms);
  socket.set_option(ZMQ_SNDTIMEO, wait_ms);
  if (auto connected = socket.connect(endpoint); !connected) {
    return tl::make_unexpected(connected.error());
  }
  std::optional<Bytes> reply;
  if (socket.send(encode_question(asked), 0)) reply = socket.take(0);
  if (!reply) {
    return fail(fmt::format("control socket {}: no answer within {} ms; is musterd running?",
                            endpoint, timeout.count()));
  }
  return decode_report(*reply);
}

}  // namespace muster::node
