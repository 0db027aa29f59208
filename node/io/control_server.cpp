// SPDX-License-Identifier: Apache-2.0
#include "node/io/control_server.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "node/io/control_codec.hpp"

namespace muster::node {
namespace {

struct ContextCloser {
  void operator()(void* context) const { zmq_ctx_term(context); }
};
struct SocketCloser {
  void operator()(void* socket) const { zmq_close(socket); }
};
using ContextPtr = std::unique_ptr<void, ContextCloser>;
using SocketPtr = std::unique_ptr<void, SocketCloser>;

void set_option(void* socket, int option, int value) {
  zmq_setsockopt(socket, option, &value, sizeof value);
}

/// One whole message without waiting; nothing if there is none.
std::optional<Bytes> take_message(void* socket, int flags) {
  zmq_msg_t message;
  zmq_msg_init(&message);
  std::optional<Bytes> bytes;
  if (zmq_msg_recv(&message, socket, flags) >= 0) {
    const auto* data = static_cast<const std::uint8_t*>(zmq_msg_data(&message));
    bytes.emplace(data, data + zmq_msg_size(&message));
  }
  zmq_msg_close(&message);
  return bytes;
}

bool is_ipc(const std::string& endpoint) { return endpoint.starts_with("ipc://"); }

}  // namespace

struct ControlServer::Socket {
  ContextPtr context;
  SocketPtr socket;
};

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
  auto socket = std::make_unique<Socket>();
  socket->context.reset(zmq_ctx_new());
  socket->socket.reset(zmq_socket(socket->context.get(), ZMQ_REP));
  set_option(socket->socket.get(), ZMQ_LINGER, 0);
  // A request longer than the limit ends the connection: the socket is ours alone (0600).
  const std::int64_t request_max = control_request_bytes_max;
  zmq_setsockopt(socket->socket.get(), ZMQ_MAXMSGSIZE, &request_max, sizeof request_max);
  const mode_t former = umask(0177);
  const int bound = zmq_bind(socket->socket.get(), endpoint.c_str());
  umask(former);
  if (bound != 0) {
    return fail(fmt::format(
        "control socket {}: {}; check that the folder exists, is writable and the path is short",
        endpoint, zmq_strerror(zmq_errno())));
  }
  return std::unique_ptr<ControlServer>(
      new ControlServer(io, std::move(socket), std::move(answer)));
}

ControlServer::ControlServer(asio::io_context& io, std::unique_ptr<Socket> socket, Answer answer)
    : socket_(std::move(socket)), readable_(io), answer_(std::move(answer)) {
  int descriptor = -1;
  std::size_t size = sizeof descriptor;
  zmq_getsockopt(socket_->socket.get(), ZMQ_FD, &descriptor, &size);
  readable_.assign(descriptor);
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
  while (const auto request = take_message(socket_->socket.get(), ZMQ_DONTWAIT)) {
    const auto question = decode_question(*request);
    const Bytes reply = question ? encode_report(answer_(*question))
                                 : encode_refusal("this request is not known to this musterd");
    zmq_send(socket_->socket.get(), reply.data(), reply.size(), ZMQ_DONTWAIT);
  }
  wait();
}

Result<Report> ask_node(const std::string& endpoint, Question question,
                        std::chrono::milliseconds timeout) {
  if (!is_ipc(endpoint)) {
    return fail(fmt::format("control socket {}: not an ipc:// address; use ipc:///PATH", endpoint));
  }
  const std::string path = endpoint.substr(6);
  if (access(path.c_str(), F_OK) != 0) {
    return fail(
        fmt::format("control socket {}: no such socket; is musterd running, and is this its "
                    "state directory (--state) or socket (--control)?",
                    endpoint));
  }
  if (access(path.c_str(), W_OK) != 0) {
    return fail(
        fmt::format("control socket {}: not yours to use; call as the user of musterd", endpoint));
  }
  const ContextPtr context{zmq_ctx_new()};
  const SocketPtr socket{zmq_socket(context.get(), ZMQ_REQ)};
  const int wait_ms = static_cast<int>(timeout.count());
  set_option(socket.get(), ZMQ_LINGER, 0);
  set_option(socket.get(), ZMQ_RCVTIMEO, wait_ms);
  set_option(socket.get(), ZMQ_SNDTIMEO, wait_ms);
  if (zmq_connect(socket.get(), endpoint.c_str()) != 0) {
    return fail(fmt::format("control socket {}: {}", endpoint, zmq_strerror(zmq_errno())));
  }
  const Bytes request = encode_question(question);
  std::optional<Bytes> reply;
  if (zmq_send(socket.get(), request.data(), request.size(), 0) >= 0) {
    reply = take_message(socket.get(), 0);
  }
  if (!reply) {
    return fail(fmt::format("control socket {}: no answer within {} ms; is musterd running?",
                            endpoint, timeout.count()));
  }
  return decode_report(*reply);
}

}  // namespace muster::node
