// SPDX-License-Identifier: Apache-2.0
// Messages from home to home where the directory does not go.
#include "tests/node/post_world.hpp"

namespace muster::node {
namespace {

using namespace test;

std::string request(std::string_view text) {
  return "MESSAGE sip:bob@drill.example SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
         "From: <sip:alice@drill.example>;tag=1\r\nTo: <sip:bob@drill.example>\r\n"
         "Call-ID: 1\r\nCSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\nContent-Length: " +
         std::to_string(text.size()) + "\r\n\r\n" + std::string{text};
}

class PostingInBrief : public Posting {
 protected:
  PostingInBrief() {
    publishing = false;  // no prekey of anybody is known
    directory.brief = {near.id, far.id};
    settle();
  }
};

TEST_F(PostingInBrief, Costs19OctetsMoreThanTheTextAndAReceiptOf9) {
  write(request("hello"));
  phones_at({far.id});
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].size(), 5u + 19);
  EXPECT_EQ(sent[1].size(), 9u);
  EXPECT_TRUE(delivered());
  ASSERT_EQ(far.shown.size(), 1u);
  EXPECT_EQ(plain_text_of(as_bytes(far.shown[0]), alice, bob), "hello");
}

TEST_F(PostingInBrief, CarriesWholeWhatIsNoPlainText) {
  write("hello");
  phones_at({far.id});
  EXPECT_EQ(far.shown, Texts{"hello"});
  EXPECT_TRUE(delivered());
}

TEST_F(PostingInBrief, IsSentAgainUntilAReceiptComesAndShownOnce) {
  int lost = 1;
  on_the_way = [&](Node& from, PostOffice::Send&) { return &from != &far || lost-- <= 0; };
  write(request("hello"));
  phones_at({far.id});
  EXPECT_FALSE(delivered());
  for (int i = 0; i < 4; ++i) wait(70s);
  EXPECT_TRUE(delivered());
  EXPECT_EQ(far.shown.size(), 1u);
}

TEST_F(PostingInBrief, IsTriedAgainWhenNoPhoneTakesIt) {
  far.phone_says = 480;
  write(request("hello"));
  phones_at({far.id});
  EXPECT_FALSE(delivered());
  far.phone_says = 200;
  for (int i = 0; i < 4; ++i) wait(70s);
  EXPECT_TRUE(delivered());
}

TEST_F(PostingInBrief, EndsWhenThePhoneRefusesForGood) {
  far.phone_says = 415;
  write(request("hello"));
  phones_at({far.id});
  EXPECT_EQ(ends, std::vector{dtn::Outcome::rejected});
}

TEST_F(PostingInBrief, IsBelievedFromTheSendersHomeAlone) {
  Node& stranger = add("carol@drill.example");
  const BriefMessage forged{MessageIdentity::from_hex(identity).value(), user_hint(alice),
                            user_hint(bob), false, as_bytes("it was me")};
  far.office->receive(now, stranger.id, encode(forged));
  settle();
  EXPECT_TRUE(far.shown.empty());
  EXPECT_EQ(far.office->counters().unknown_senders, 1u);
}

TEST_F(PostingInBrief, IsEndedByTheRecipientsHomeAlone) {
  Node& stranger = add("carol@drill.example");
  far.phone_says = 0;
  write(request("hello"));
  phones_at({far.id});
  const BriefReceipt forged{brief_name(MessageIdentity::from_hex(identity).value()),
                            BriefReceipt::Result::delivered, 200};
  near.office->receive(now, stranger.id, encode(forged));
  settle();
  EXPECT_FALSE(delivered());
}

}  // namespace
}  // namespace muster::node
