// SPDX-License-Identifier: Apache-2.0
#include "core/wire/message_packer.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/base/seeded_random.hpp"

namespace muster::wire {
namespace {

Bytes read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return to_bytes(text);
}

std::vector<Bytes> phones_messages() {
  std::vector<Bytes> all;
  const auto folder = std::filesystem::path(MUSTER_SOURCE_DIR) / "tests/dictionary/samples";
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    all.push_back(read(entry.path()));
  return all;
}

TEST(MessagePacker, UnpacksWhatItPacked) {
  const auto messages = phones_messages();
  ASSERT_GE(messages.size(), 20u);
  for (const auto& message : messages) {
    const auto packed = pack(message);
    ASSERT_TRUE(packed.has_value());
    EXPECT_TRUE(is_packed(*packed));
    EXPECT_FALSE(is_packed(message));
    EXPECT_EQ(unpack(*packed, message.size()), message);
  }
}

TEST(MessagePacker, TakesLessThanHalfOfTheOctetsOfAMessageItHasNeverSeen) {
  const Bytes message = to_bytes(
      "MESSAGE sip:quartermaster@valley.example.net SIP/2.0\r\n"
      "Via: SIP/2.0/MUSTER 0a9f4e3b2d1c5e6f7a8b9c0d1e2f3a4b.valley.example.net;"
      "branch=z9hG4bK0011aabb22cc33dd.77ee88ff\r\n"
      "Via: SIP/2.0/UDP 192.168.7.33:5062;branch=z9hG4bK5566eeff77889900;rport=5062;"
      "received=192.168.7.33\r\n"
      "Max-Forwards: 69\r\n"
      "From: \"Summit\" <sip:summit@valley.example.net>;tag=13579bdf02468ace\r\n"
      "To: <sip:quartermaster@valley.example.net>\r\n"
      "Call-ID: fedcba9876543210\r\n"
      "CSeq: 4711 MESSAGE\r\n"
      "User-Agent: baresip v1.0.0 (x86_64/linux)\r\n"
      "Content-Type: text/plain\r\n"
      "Content-Length: 23\r\n\r\n"
      "The pass is snowed shut");
  const auto packed = pack(message);
  ASSERT_TRUE(packed.has_value());
  EXPECT_LT(packed->size() * 2, message.size());
}

TEST(MessagePacker, LeavesAloneWhatWouldNotGetShorter) {
  EXPECT_FALSE(pack({}));
  EXPECT_FALSE(pack(as_bytes("SIP/2.0 200 OK\r\n")));
  SeededRandom random(5);
  Bytes noise(600);
  for (auto& octet : noise) octet = static_cast<std::uint8_t>(random.next());
  EXPECT_FALSE(pack(noise));
}

TEST(MessagePacker, RefusesWhatIsLongerThanItsLimitBeforeItMakesRoom) {
  const Bytes message(50'000, 'a');
  const auto packed = pack(message);
  ASSERT_TRUE(packed.has_value());
  ASSERT_LT(packed->size(), 100u);
  EXPECT_FALSE(unpack(*packed, 49'999));
  EXPECT_EQ(unpack(*packed, 50'000), message);
}

TEST(MessagePacker, RefusesAnotherDictionaryAndWhatIsCutShort) {
  const auto messages = phones_messages();
  Bytes packed = *pack(messages.front());
  for (std::size_t size = 0; size < packed.size(); ++size)
    EXPECT_FALSE(unpack(BytesView(packed).first(size), 65536));
  ++packed.front();
  EXPECT_TRUE(is_packed(packed));
  EXPECT_FALSE(unpack(packed, 65536));
}

TEST(MessagePacker, IsHarmedByNoRandomOctets) {
  SeededRandom random(6);
  const Bytes packed = *pack(phones_messages().front());
  for (int i = 0; i < 20'000; ++i) {
    Bytes damaged = packed;
    for (int n = 0; n < 3; ++n)
      damaged[1 + random.below(damaged.size() - 1)] = static_cast<std::uint8_t>(random.next());
    const auto unpacked = unpack(damaged, 4096);
    EXPECT_LE(unpacked ? unpacked->size() : 0, 4096u);
  }
}

}  // namespace
}  // namespace muster::wire
