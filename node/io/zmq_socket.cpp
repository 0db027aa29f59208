// SPDX-License-Identifier: Apache-2.0
#include "node/io/zmq_socket.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

namespace muster::node {
namespace {

/// A socket outlives the process that made it by its name, but nobody answers there.
bool is_deserted(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const int answered =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const bool refused = answered != 0 && errno == ECONNREFUSED;
  ::close(probe);
  return refused;
}

}  // namespace

void ZmqSocket::ContextCloser::operator()(void* context) const { zmq_ctx_term(context); }
void ZmqSocket::SocketCloser::operator()(void* socket) const { zmq_close(socket); }

ZmqSocket::ZmqSocket(int type)
    : context_(zmq_ctx_new()), socket_(zmq_socket(context_.get(), type)) {
  set_option(ZMQ_LINGER, 0);
}

void ZmqSocket::set_option(int option, int value) {
  zmq_setsockopt(socket_.get(), option, &value, sizeof value);
}

void ZmqSocket::set_option(int option, std::int64_t value) {
  zmq_setsockopt(socket_.get(), option, &value, sizeof value);
}

void ZmqSocket::subscribe_to_all() { zmq_setsockopt(socket_.get(), ZMQ_SUBSCRIBE, "", 0); }

Result<void> ZmqSocket::bind_private(const std::string& endpoint) {
  const mode_t former = umask(0177);
  const int bound = zmq_bind(socket_.get(), endpoint.c_str());
  umask(former);
  if (bound == 0) return {};
  return fail(
      fmt::format("control socket {}: {}; check that the folder exists, is writable and the path "
                  "is short",
                  endpoint, zmq_strerror(zmq_errno())));
}

Result<void> ZmqSocket::connect(const std::string& endpoint) {
  if (zmq_connect(socket_.get(), endpoint.c_str()) == 0) return {};
  return fail(fmt::format("control socket {}: {}", endpoint, zmq_strerror(zmq_errno())));
}

bool ZmqSocket::send(BytesView message, int flags) {
  return zmq_send(socket_.get(), message.data(), message.size(), flags) >= 0;
}

std::optional<Bytes> ZmqSocket::take(int flags) {
  zmq_msg_t message;
  zmq_msg_init(&message);
  std::optional<Bytes> bytes;
  if (zmq_msg_recv(&message, socket_.get(), flags) >= 0) {
    const auto* data = static_cast<const std::uint8_t*>(zmq_msg_data(&message));
    bytes.emplace(data, data + zmq_msg_size(&message));
  }
  zmq_msg_close(&message);
  return bytes;
}

int ZmqSocket::descriptor() const {
  int descriptor = -1;
  std::size_t size = sizeof descriptor;
  zmq_getsockopt(socket_.get(), ZMQ_FD, &descriptor, &size);
  return descriptor;
}

bool is_ipc(const std::string& endpoint) { return endpoint.starts_with("ipc://"); }

std::string events_endpoint(const std::string& control_endpoint) {
  return control_endpoint + events_suffix;
}

std::optional<Failure> unusable(const std::string& endpoint) {
  if (!is_ipc(endpoint)) {
    return Failure{
        fmt::format("control socket {}: not an ipc:// address; use ipc:///PATH", endpoint)};
  }
  const std::string path = endpoint.substr(6);
  if (access(path.c_str(), W_OK) == 0) {
    if (!is_deserted(path)) return std::nullopt;
    return Failure{fmt::format(
        "control socket {}: nobody answers there any more; is musterd running?", endpoint)};
  }
  // A state directory is its owner's alone: to others the socket in it is neither there nor absent.
  if (errno == EACCES) {
    return Failure{fmt::format(
        "control socket {}: not yours to use; call as the user of musterd or as root", endpoint)};
  }
  return Failure{
      fmt::format("control socket {}: no such socket; is musterd running, and is this its "
                  "state directory (--state) or socket (--control)?",
                  endpoint)};
}

}  // namespace muster::node
