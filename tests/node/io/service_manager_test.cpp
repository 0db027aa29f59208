// SPDX-License-Identifier: Apache-2.0
#include "node/io/service_manager.hpp"

#include <cstdlib>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/temporary_directory.hpp"

namespace muster::node {
namespace {

/// Stands where systemd listens.
class Supervised : public testing::Test {
 protected:
  Supervised() : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const std::string path = directory_.path() / "notify";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const timeval patience{5, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~Supervised() override {
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    close(socket_);
  }
  [[nodiscard]] std::string told() const {
    std::array<char, 512> text{};
    const auto got = recv(socket_, text.data(), text.size(), 0);
    return {text.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
  }
  test::TemporaryDirectory directory_;
  int socket_;
};

TEST_F(Supervised, IsToldWhenTheNodeIsReadyAndWhenItStops) {
  asio::io_context io;
  ServiceManager manager{io};
  manager.ready("host-1 of drill.example");
  EXPECT_EQ(told(), "READY=1\nSTATUS=host-1 of drill.example");
  manager.stopping();
  EXPECT_EQ(told(), "STOPPING=1");
  EXPECT_EQ(io.run(), 0u);
}

TEST_F(Supervised, FeedsTheWatchdogFromTheLoopUntilItStops) {
  setenv("WATCHDOG_USEC", "20000", 1);
  asio::io_context io;
  ServiceManager manager{io};
  manager.ready("");
  EXPECT_EQ(told(), "READY=1\nSTATUS=");
  EXPECT_EQ(told(), "WATCHDOG=1");
  io.run_one();
  EXPECT_EQ(told(), "WATCHDOG=1");
  manager.stopping();
  EXPECT_EQ(told(), "STOPPING=1");
}

TEST(Unsupervised, NothingIsDone) {
  unsetenv("NOTIFY_SOCKET");
  asio::io_context io;
  ServiceManager manager{io};
  manager.ready("x");
  manager.stopping();
  EXPECT_EQ(io.run(), 0u);
}

}  // namespace
}  // namespace muster::node
