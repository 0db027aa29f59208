// SPDX-License-Identifier: Apache-2.0
#include "node/brief_message.hpp"

#include <string>

#include "sip/parser.hpp"

namespace muster::node {
namespace {

constexpr std::string_view alice = "alice@drill.example";
constexpr std::string_view bob = "bob@drill.example";

std::string request(const std::string& more = "Content-Type: text/plain\r\n") {
  return "MESSAGE sip:bob@drill.example SIP/2.0\r\n"
         "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\n"
         "From: \"Alice\" <sip:alice@drill.example>;tag=1\r\n"
         "To: <sip:bob@drill.example>\r\n"
         "Call-ID: 1\r\nCSeq: 1 MESSAGE\r\nUser-Agent: phone\r\n" +
         more + "Content-Length: 5\r\n\r\nhello";
}

TEST(BriefMessage, IsTheTextOfAPlainMessage) {
  EXPECT_EQ(plain_text_of(as_bytes(request()), alice, bob), "hello");
  EXPECT_EQ(plain_text_of(as_bytes(request("Content-Type: text/plain; charset=\"UTF-8\"\r\n")),
                          alice, bob),
            "hello");
}

TEST(BriefMessage, LeavesOutByWhatThePhoneHasProvenItself) {
  EXPECT_EQ(plain_text_of(as_bytes(request("Content-Type: text/plain\r\n"
                                           "Authorization: Digest username=\"alice\"\r\n")),
                          alice, bob),
            "hello");
}

TEST(BriefMessage, IsNotMadeOfWhatSaysMore) {
  for (const std::string more :
       {"Content-Type: text/html\r\n", "Content-Type: text/plain;charset=latin1\r\n",
        "Content-Type: text/plain\r\nResource-Priority: esnet.3\r\n",
        "Content-Type: text/plain\r\nDate: Sat, 13 Nov 2010 23:29:00 GMT\r\n", ""}) {
    EXPECT_FALSE(plain_text_of(as_bytes(request(more)), alice, bob)) << more;
  }
  EXPECT_FALSE(plain_text_of(as_bytes(request()), bob, alice));
  EXPECT_FALSE(plain_text_of(as_bytes("nonsense"), alice, bob));
}

TEST(BriefMessage, BecomesTheSameRequestEachTime) {
  const std::string identity = "00112233445566778899aabbccddeeff";
  const Bytes made = request_of_text(alice, bob, identity, "hi \r\n there");
  EXPECT_EQ(made, request_of_text(alice, bob, identity, "hi \r\n there"));
  const auto read = sip::parse(made);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->body, "hi \r\n there");
  EXPECT_EQ(read->from().uri.user, "alice");
  EXPECT_EQ(read->request_uri().str(), "sip:bob@drill.example");
  EXPECT_EQ(plain_text_of(made, alice, bob), "hi \r\n there");
}

TEST(BriefMessage, TellsUsersApartByTheirHints) {
  EXPECT_NE(user_hint(alice), user_hint(bob));
  EXPECT_EQ(user_hint(alice), user_hint(alice));
}

}  // namespace
}  // namespace muster::node
