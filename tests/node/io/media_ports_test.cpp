// SPDX-License-Identifier: Apache-2.0
#include "node/io/media_ports.hpp"

#include "sip/io/udp_socket.hpp"

namespace muster::node {
namespace {

TEST(MediaPorts, KnowTheAddressesOfThisMachine) {
  asio::io_context io;
  const MediaPorts ports{io, *IpAddress::parse("127.0.0.1"), 0, 0,
                         [](std::uint16_t, const IpEndpoint&, BytesView) {}};
  EXPECT_TRUE(ports.is_of_this_machine(*IpAddress::parse("127.0.0.1")));
  EXPECT_TRUE(ports.is_of_this_machine(*IpAddress::parse("127.3.2.1")));
  EXPECT_TRUE(ports.is_of_this_machine(*IpAddress::parse("::1")));
  EXPECT_FALSE(ports.is_of_this_machine(*IpAddress::parse("203.0.113.7")));
  EXPECT_FALSE(ports.is_of_this_machine(*IpAddress::parse("2001:db8::7")));
  const auto outwards = sip::address_towards(*IpEndpoint::parse("203.0.113.7:9"));
  if (outwards) {
    EXPECT_TRUE(ports.is_of_this_machine(*outwards)) << outwards->text();
  }
}

/// Ports for two calls that are free when the test begins.
class MediaPortRange : public testing::Test {
 protected:
  static constexpr const char* here = "127.0.0.1";

  void SetUp() override {
    for (unsigned first = 30000; first < 60000; first += 4) {
      first_ = static_cast<std::uint16_t>(first);
      holders_.clear();
      if (hold(0) && hold(1) && hold(2) && hold(3)) break;
    }
    holders_.clear();
    ports_.emplace(io_, *IpAddress::parse(here), first_, static_cast<std::uint16_t>(first_ + 3),
                   [](std::uint16_t, const IpEndpoint&, BytesView) {});
  }
  /// Another program takes the port.
  bool hold(unsigned offset) {
    auto& holder = holders_.emplace_back(
        std::make_unique<sip::UdpSocket>(io_, [](const IpEndpoint&, BytesView) {}));
    return holder->open({*IpAddress::parse(here), static_cast<std::uint16_t>(first_ + offset)})
        .has_value();
  }

  asio::io_context io_;
  std::uint16_t first_ = 0;
  std::vector<std::unique_ptr<sip::UdpSocket>> holders_;
  std::optional<MediaPorts> ports_;
};

TEST_F(MediaPortRange, GivesEachPairOnceAndAgainWhenItIsClosed) {
  EXPECT_EQ(ports_->open_pair(), first_);
  EXPECT_EQ(ports_->open_pair(), first_ + 2);
  EXPECT_EQ(ports_->open_pair(), std::nullopt);
  ports_->close_pair(first_);
  EXPECT_EQ(ports_->open_pair(), first_);
}

TEST_F(MediaPortRange, PassesOverPairsOfWhichAnotherProgramHasOne) {
  ASSERT_TRUE(hold(1));
  EXPECT_EQ(ports_->open_pair(), first_ + 2);
  EXPECT_EQ(ports_->open_pair(), std::nullopt);
}

TEST_F(MediaPortRange, KnowsWhetherAnyPairIsFreeAndTakesNone) {
  EXPECT_TRUE(ports_->any_pair_free());
  EXPECT_EQ(ports_->open_pair(), first_) << "nothing was taken";
  ASSERT_TRUE(hold(2));
  EXPECT_FALSE(ports_->any_pair_free());
  holders_.clear();
  EXPECT_TRUE(ports_->any_pair_free());
}

}  // namespace
}  // namespace muster::node
