// SPDX-License-Identifier: Apache-2.0
#include "node/post_message.hpp"

#include "core/base/seeded_random.hpp"

namespace muster::node {
namespace {

template <typename IdType>
IdType filled(std::uint8_t octet) {
  IdType id;
  id.octets.fill(octet);
  return id;
}

template <std::size_t N>
std::array<std::uint8_t, N> octets(std::uint8_t octet) {
  std::array<std::uint8_t, N> all{};
  all.fill(octet);
  return all;
}

std::string repeated(const char* octet, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += octet;
  return text;
}

TEST(PostMessage, InFewOctetsIsWrittenAsTheProtocolSays) {
  const Bytes text = to_bytes("hi");
  const BriefMessage brief{filled<MessageIdentity>(0xaa), filled<UserHint>(0x0a),
                           filled<UserHint>(0x0b), false, text};
  EXPECT_EQ(to_hex(encode(brief)), "07" + repeated("aa", 16) + "0a0a0a" + "0b0b0b" + "6869");
  const BriefReceipt receipt{brief_name(brief.identity), BriefReceipt::Result::not_now, 480};
  EXPECT_EQ(to_hex(encode(receipt)), "09" + repeated("aa", 8) + "09e0");
  const auto read = decode_post_message(encode(receipt));
  ASSERT_TRUE(read);
  EXPECT_EQ(std::get<BriefReceipt>(*read).result, BriefReceipt::Result::not_now);
  EXPECT_EQ(std::get<BriefReceipt>(*read).status, 480);
}

TEST(PostMessage, InFewerOctetsTellsOneOfEachHintAndNoStatusOfSuccess) {
  const Bytes text = to_bytes("hi");
  const BriefMessage brief{filled<MessageIdentity>(0xaa),
                           filled<UserHint>(0x0a),
                           filled<UserHint>(0x0b),
                           false,
                           text,
                           1};
  EXPECT_EQ(to_hex(encode(brief)), "0e" + repeated("aa", 16) + "0a" + "0b" + "6869");
  const Bytes encoded = encode(brief);
  const auto read = decode_post_message(encoded);
  ASSERT_TRUE(read);
  const auto& same = std::get<BriefMessage>(*read);
  EXPECT_EQ(same.hint_bytes, 1u);
  EXPECT_EQ(same.sender.octets[0], 0x0a);
  EXPECT_EQ(as_text(same.content), "hi");
  const BriefReceipt receipt{brief_name(brief.identity), BriefReceipt::Result::delivered, 200};
  EXPECT_EQ(to_hex(encode(receipt)), "0f" + repeated("aa", 8));
  const auto shown = decode_post_message(encode(receipt));
  ASSERT_TRUE(shown);
  EXPECT_EQ(std::get<BriefReceipt>(*shown).status, 200);
  EXPECT_TRUE(is_post_message(encode(brief)));
  EXPECT_TRUE(is_post_message(encode(receipt)));
  EXPECT_FALSE(is_post_message(as_bytes("\r\n")));
}

TEST(PostMessage, WithAResultThatDoesNotExistIsRefused) {
  EXPECT_FALSE(decode_post_message(from_hex("09" + repeated("aa", 8) + "0c00").value()));
}

TEST(PostMessage, IsWrittenAsTheProtocolSays) {
  const Bytes sealed{9, 8, 7};
  EXPECT_EQ(to_hex(encode(PostedMessage{sealed})), "01090807");
  EXPECT_EQ(to_hex(encode(Receipt{filled<MessageIdentity>(0xaa), 200, octets<64>(0xbb)})),
            "02" + repeated("aa", 16) + "00c8" + repeated("bb", 64));
  EXPECT_EQ(to_hex(encode(SealAgain{
                filled<security::SealedMessageId>(0xcc), {7, octets<32>(0xdd)}, octets<64>(0xee)})),
            "03" + repeated("cc", 16) + "00000007" + repeated("dd", 32) + repeated("ee", 64));
  EXPECT_EQ(to_hex(encode(NotNow{filled<security::SealedMessageId>(0xcc), 480})),
            "04" + repeated("cc", 16) + "01e0");
  EXPECT_EQ(to_hex(encode(SignPrekey{{7, octets<32>(0xdd)}, "b@d"})),
            "05"
            "00000007" +
                repeated("dd", 32) + "624064");
  EXPECT_EQ(to_hex(encode(PrekeySigned{{{7, octets<32>(0xdd)}, octets<64>(0xee)}, "b@d"})),
            "06"
            "00000007" +
                repeated("dd", 32) + repeated("ee", 64) + "624064");
}

TEST(PostMessage, NamesAUserOf1To255Octets) {
  for (const std::size_t size : {0u, 256u}) {
    EXPECT_FALSE(decode_post_message(encode(SignPrekey{{}, std::string(size, 'a')}))) << size;
    EXPECT_FALSE(decode_post_message(encode(PrekeySigned{{}, std::string(size, 'a')}))) << size;
  }
  for (const std::size_t size : {1u, 255u}) {
    EXPECT_TRUE(decode_post_message(encode(SignPrekey{{}, std::string(size, 'a')}))) << size;
    EXPECT_TRUE(decode_post_message(encode(PrekeySigned{{}, std::string(size, 'a')}))) << size;
  }
}

TEST(PostMessage, IsReadBack) {
  const Bytes receipt = encode(Receipt{filled<MessageIdentity>(1), 404, octets<64>(2)});
  const auto decoded = decode_post_message(receipt);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::get<Receipt>(*decoded).status, 404);
  EXPECT_EQ(encode(*decoded), receipt);
}

TEST(PostMessage, IsNeverMistakenForSip) {
  for (const std::string_view text :
       {"MESSAGE sip:bob@drill.example SIP/2.0\r\n", "SIP/2.0 200 OK", "\r\n", "", "INVITE"}) {
    EXPECT_FALSE(is_post_message(as_bytes(text))) << text;
  }
  EXPECT_TRUE(is_post_message(encode(PostedMessage{})));
}

TEST(PostMessage, OfTheWrongLengthOrKindIsNone) {
  for (const PostMessage& message :
       {PostMessage{Receipt{}}, PostMessage{SealAgain{}}, PostMessage{NotNow{}}}) {
    Bytes bytes = encode(message);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode_post_message(BytesView{bytes}.first(size))) << size;
    }
    bytes.push_back(0);
    EXPECT_FALSE(decode_post_message(bytes));
  }
  EXPECT_FALSE(decode_post_message(Bytes{0}));
  EXPECT_FALSE(decode_post_message(Bytes{5, 1, 2}));
}

TEST(PostMessage, FromRandomOctetsIsReadOrRefused) {
  SeededRandom dice(11);
  for (int i = 0; i < 5000; ++i) {
    Bytes bytes(dice.below(200));
    for (auto& octet : bytes) octet = static_cast<std::uint8_t>(dice.next());
    if (!bytes.empty()) bytes[0] = static_cast<std::uint8_t>(dice.below(8));
    const auto decoded = decode_post_message(bytes);
    if (decoded) {
      EXPECT_EQ(encode(*decoded), bytes);
    }
  }
}

}  // namespace
}  // namespace muster::node
