// SPDX-License-Identifier: Apache-2.0
#include "sip/phone_authenticator.hpp"

#include <gtest/gtest.h>

#include "sip/digest_client.hpp"
#include "sip/parser.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::sip {
namespace {

using namespace std::chrono_literals;
const TimePoint start{1000s};

class AliceIsAtHome final : public CredentialSource {
 public:
  std::optional<DigestVerifier> find(std::string_view user) const override {
    return digest_verifier(user, "drill.example", "secret");
  }
  bool home_here(std::string_view user) const override { return user == "alice"; }
};

class PhoneAuthenticatorTest : public ::testing::Test {
 protected:
  test::SeededTestRandom random{1};
  AliceIsAtHome credentials;
  EdgeNames names{{}, "drill.example", *IpEndpoint::parse("192.0.2.1:5060")};
  PhoneAuthenticator authenticator{names, credentials, random};

  static Message request(const std::string& agent = "Desk Phone") {
    return parse(as_bytes("REGISTER sip:drill.example SIP/2.0\r\n"
                          "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1\r\n"
                          "From: <sip:alice@drill.example>;tag=f\r\n"
                          "To: <sip:alice@drill.example>\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n"
                          "User-Agent: " +
                          agent + "\r\n\r\n"))
        .value();
  }
  std::optional<Message> check(const Message& message, const std::string& user = "alice") {
    return authenticator.check(start, message, {DigestRole::registrar, user, "t"});
  }
  static std::size_t offers(const std::optional<Message>& challenge) {
    return challenge ? challenge->headers("WWW-Authenticate").size() : 0;
  }
};

TEST_F(PhoneAuthenticatorTest, OffersBothAlgorithmsAndAcceptsTheAnswer) {
  const auto challenge = check(request());
  EXPECT_EQ(offers(challenge), 2u);
  DigestClient client("alice", "secret", random);
  ASSERT_TRUE(client.receive(*challenge));
  Message answer = request();
  client.authorise(answer);
  EXPECT_FALSE(check(answer));
}

TEST_F(PhoneAuthenticatorTest, OffersBothAgainToAPhoneThatHasAnswered) {
  DigestClient client("alice", "secret", random);
  ASSERT_TRUE(client.receive(*check(request())));
  Message answer = request();
  client.authorise(answer);
  EXPECT_FALSE(check(answer));
  EXPECT_EQ(offers(check(request())), 2u);
}

TEST_F(PhoneAuthenticatorTest, RefusesAUserWhoIsNotAtHomeHere) {
  EXPECT_EQ(check(request(), "bob")->status(), 403u);
}

TEST_F(PhoneAuthenticatorTest, DoesNotAcceptTheCredentialsOfAnotherUser) {
  DigestClient client("bob", "secret", random);
  ASSERT_TRUE(client.receive(*check(request())));
  Message answer = request();
  client.authorise(answer);
  EXPECT_EQ(check(answer)->status(), 401u);
}

}  // namespace
}  // namespace muster::sip
