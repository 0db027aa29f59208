// SPDX-License-Identifier: Apache-2.0
#include "sip/digest.hpp"

#include "sip/auth_value.hpp"
#include "sip/digest_client.hpp"
#include "sip/digest_server.hpp"
#include "sip/parser.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::sip {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// RFC 7616 section 3.9.1.
TEST(Digest, GivesTheResponsesOfRfc7616) {
  const auto verifier = digest_verifier("Mufasa", "http-auth@example.org", "Circle of Life");
  const DigestInput input{"GET", "/dir/index.html", "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
                          "00000001", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"};
  EXPECT_EQ(digest_response(DigestAlgorithm::md5, verifier.ha1_md5, input),
            "8ca523f5e9506fed4657c9700eebdbec");
  EXPECT_EQ(digest_response(DigestAlgorithm::sha256, verifier.ha1_sha256, input),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

TEST(AuthValue, ReadsQuotedAndBareParameters) {
  const auto value =
      AuthValue::parse("Digest realm=\"a, \\\"b\\\"\" ,nc = 00000001,qop=auth").value();
  EXPECT_EQ(value.scheme, "Digest");
  EXPECT_EQ(value.text("REALM"), "a, \"b\"");
  EXPECT_EQ(value.text("nc"), "00000001");
}

TEST(AuthValue, RefusesWhatIsMalformed) {
  for (const char* text : {"", "Digest", "Digest ", "Digest a", "Digest a=", "Digest a=\"b",
                           "Digest a=b,", "Digest a=b c=d", "Digest a=b, A=c", "Digest a=b\"c"}) {
    EXPECT_FALSE(AuthValue::parse(text).has_value()) << text;
  }
}

class DigestExchange : public testing::Test {
 protected:
  static Message register_request() {
    return parse(
               as_bytes("REGISTER sip:drill.example SIP/2.0\r\n"
                        "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKabc\r\n"
                        "From: <sip:alice@drill.example>;tag=1\r\nTo: <sip:alice@drill.example>\r\n"
                        "Call-ID: one\r\nCSeq: 1 REGISTER\r\n\r\n"))
        .value();
  }
  static std::optional<DigestVerifier> find(std::string_view user) {
    if (user != "alice") return std::nullopt;
    return digest_verifier("alice", "drill.example", "secret");
  }
  DigestVerdict verify(const Message& request, DigestRole role = DigestRole::registrar) {
    return server.verify(now, request, role, find).verdict;
  }
  Message challenge(bool stale = false) {
    return server.challenge(now, from_another_phone(), DigestRole::registrar, "tag", stale);
  }
  /// A phone that is offered both algorithms, whatever was offered to others.
  Message from_another_phone() {
    Message request = register_request();
    request.set("Via", "SIP/2.0/UDP 10.0.0.9:" + std::to_string(++phones) + ";branch=z9hG4bKdef");
    return request;
  }
  Message authorised() {
    Message request = register_request();
    EXPECT_TRUE(alice.receive(challenge()));
    alice.authorise(request);
    return request;
  }

  test::SeededTestRandom random{7};
  TimePoint now{seconds{100}};
  unsigned phones = 10'000;
  DigestServer server{"drill.example", random, {minutes{5}, 4}};
  DigestClient alice{"alice", "secret", random};
};

TEST_F(DigestExchange, OffersSha256BeforeMd5) {
  const Message response = challenge();
  ASSERT_EQ(response.headers("WWW-Authenticate").size(), 2u);
  EXPECT_EQ(AuthValue::parse(response.headers("WWW-Authenticate")[0])->text("algorithm"),
            "SHA-256");
  EXPECT_EQ(AuthValue::parse(response.headers("WWW-Authenticate")[1])->text("algorithm"), "MD5");
  EXPECT_EQ(response.status(), 401u);
  EXPECT_EQ(response.to().tag(), "tag");
}

TEST_F(DigestExchange, OffersMd5AloneToAPhoneThatGivesUpAtSha256) {
  Message request = register_request();
  request.add("User-Agent", "baresip v1.0.0 (x86_64/linux)");
  const Message response = server.challenge(now, request, DigestRole::registrar, "tag");
  ASSERT_EQ(response.headers("WWW-Authenticate").size(), 1u);
  EXPECT_EQ(AuthValue::parse(*response.header("WWW-Authenticate"))->text("algorithm"), "MD5");
}

TEST_F(DigestExchange, OffersMd5AloneToAPhoneThatDidNotAnswer) {
  const auto offers = [&] {
    return server.challenge(now, register_request(), DigestRole::registrar, "tag")
        .headers("WWW-Authenticate")
        .size();
  };
  EXPECT_EQ(offers(), 2u);
  EXPECT_EQ(offers(), 1u);
  EXPECT_EQ(verify(authorised()), DigestVerdict::accepted);
  EXPECT_EQ(offers(), 2u);
}

TEST(DigestReluctance, KnowsTheVersionsOfBaresip) {
  for (const char* old : {"baresip v0.6.5", "baresip v1.0.0 (x86_64/linux)", "baresip v3.11.0"}) {
    EXPECT_TRUE(is_baresip_before_sha256(old)) << old;
  }
  for (const char* agent :
       {"baresip v3.12.0", "baresip v4.0.0", "baresip", "baresip vx", "Linphone/5.1", ""}) {
    EXPECT_FALSE(is_baresip_before_sha256(agent)) << agent;
  }
}

TEST(DigestReluctance, HoldsItsLimit) {
  DigestReluctance reluctance;
  Message request = Message::request("REGISTER", *Uri::parse("sip:drill.example"));
  for (std::size_t i = 0; i <= DigestReluctance::unanswered_max; ++i) {
    request.set("From", "<sip:user-" + std::to_string(i) + "@drill.example>");
    reluctance.offered_both(request);
  }
  EXPECT_TRUE(reluctance.wants_md5_alone(request));
  request.set("From", "<sip:user-0@drill.example>");
  EXPECT_FALSE(reluctance.wants_md5_alone(request));
}

TEST_F(DigestExchange, TakesTheFirstOfSeveralAnswers) {
  Message request = authorised();
  request.add("Authorization", std::string{*request.header("Authorization")});
  EXPECT_EQ(verify(request), DigestVerdict::accepted);
}

TEST_F(DigestExchange, LetsTheRightPasswordIn) {
  const Message request = authorised();
  EXPECT_EQ(AuthValue::parse(*request.header("Authorization"))->text("algorithm"), "SHA-256");
  EXPECT_EQ(verify(request), DigestVerdict::accepted);
}

TEST_F(DigestExchange, LetsAClientInThatKnowsOnlyMd5) {
  Message offer = challenge();
  offer.remove_first("WWW-Authenticate");
  ASSERT_TRUE(alice.receive(offer));
  Message request = register_request();
  alice.authorise(request);
  EXPECT_EQ(AuthValue::parse(*request.header("Authorization"))->text("algorithm"), "MD5");
  EXPECT_EQ(verify(request), DigestVerdict::accepted);
}

TEST_F(DigestExchange, LetsAClientInThatHasTheVerifierOnly) {
  DigestClient client("alice", *find("alice"), random);
  ASSERT_TRUE(client.receive(challenge()));
  Message request = register_request();
  client.authorise(request);
  EXPECT_EQ(verify(request), DigestVerdict::accepted);
}

TEST_F(DigestExchange, AsksProxiesWithTheirOwnHeaders) {
  const Message offer = server.challenge(now, register_request(), DigestRole::proxy, "tag");
  EXPECT_EQ(offer.status(), 407u);
  ASSERT_TRUE(alice.receive(offer));
  Message request = register_request();
  alice.authorise(request);
  EXPECT_TRUE(request.has("Proxy-Authorization"));
  EXPECT_EQ(verify(request, DigestRole::registrar), DigestVerdict::missing);
  EXPECT_EQ(verify(request, DigestRole::proxy), DigestVerdict::accepted);
}

TEST_F(DigestExchange, KeepsWrongPasswordsAndStrangersOut) {
  for (const auto& [user, password] : std::vector<std::pair<std::string, std::string>>{
           {"alice", "Secret"}, {"mallory", "secret"}}) {
    DigestClient client(user, password, random);
    ASSERT_TRUE(client.receive(challenge()));
    Message request = register_request();
    client.authorise(request);
    EXPECT_EQ(verify(request), DigestVerdict::wrong) << user;
  }
}

TEST_F(DigestExchange, KnowsTheRequestThatItAskedForCredentials) {
  Message request = authorised();
  EXPECT_FALSE(server.repeats_challenged(request, DigestRole::registrar)) << "the same number";
  request.set("CSeq", "2 REGISTER");
  EXPECT_TRUE(server.repeats_challenged(request, DigestRole::registrar));
  EXPECT_FALSE(server.repeats_challenged(request, DigestRole::proxy));
  request.set("CSeq", "3 REGISTER");
  EXPECT_FALSE(server.repeats_challenged(request, DigestRole::registrar));
  request.set("CSeq", "2 REGISTER");
  request.set("Call-ID", "two");
  EXPECT_FALSE(server.repeats_challenged(request, DigestRole::registrar));
  request.set("Call-ID", "one");
  DigestServer other{"drill.example", random};
  EXPECT_FALSE(other.repeats_challenged(request, DigestRole::registrar)) << "another's nonce";
}

TEST_F(DigestExchange, NeverTakesTheSameAnswerTwice) {
  const Message request = authorised();
  EXPECT_EQ(verify(request), DigestVerdict::accepted);
  EXPECT_EQ(verify(request), DigestVerdict::stale);
}

TEST_F(DigestExchange, TakesFurtherAnswersInAnyOrder) {
  Message first = authorised();
  Message second = register_request();
  alice.authorise(second);
  EXPECT_EQ(verify(second), DigestVerdict::accepted);
  EXPECT_EQ(verify(first), DigestVerdict::accepted);
  EXPECT_EQ(verify(second), DigestVerdict::stale);
}

TEST_F(DigestExchange, NonceGrowsStaleAndTheClientGoesOnWithTheNext) {
  Message request = authorised();
  now += minutes{5} + seconds{1};
  EXPECT_EQ(verify(request), DigestVerdict::stale);
  ASSERT_TRUE(alice.receive(challenge(true)));
  alice.authorise(request);
  EXPECT_EQ(request.headers("Authorization").size(), 1u);
  EXPECT_EQ(verify(request), DigestVerdict::accepted);
}

TEST_F(DigestExchange, NonceOfAnotherServerIsStale) {
  DigestServer other("drill.example", random);
  ASSERT_TRUE(alice.receive(other.challenge(now, register_request(), DigestRole::registrar, "t")));
  Message request = register_request();
  alice.authorise(request);
  EXPECT_EQ(verify(request), DigestVerdict::stale);
}

TEST_F(DigestExchange, ReplayStaysImpossibleWhenNoncesAreForgotten) {
  const Message first = authorised();
  EXPECT_EQ(verify(first), DigestVerdict::accepted);
  for (int i = 0; i < 6; ++i) {
    alice = DigestClient("alice", "secret", random);
    EXPECT_EQ(verify(authorised()), DigestVerdict::accepted);
  }
  EXPECT_EQ(verify(first), DigestVerdict::stale);
}

TEST_F(DigestExchange, ClientGivesUpWhenItsAnswerIsRefused) {
  DigestClient client("alice", "wrong", random);
  ASSERT_TRUE(client.receive(challenge()));
  Message request = register_request();
  client.authorise(request);
  EXPECT_FALSE(client.receive(challenge()));
}

TEST_F(DigestExchange, RefusesCredentialsThatAreIncompleteOrForAnotherTarget) {
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"qop=auth", "qop=auth-int"},
                                                        {"nc=00000001", "nc=1"},
                                                        {"SHA-256", "SHA-512-256"},
                                                        {"uri=\"sip:drill", "uri=\"sip:mill"},
                                                        {"cnonce=", "cmonce="}}) {
    alice = DigestClient("alice", "secret", random);
    Message request = authorised();
    std::string value{*request.header("Authorization")};
    value.replace(value.find(from), from.size(), to);
    request.set("Authorization", value);
    EXPECT_EQ(verify(request), DigestVerdict::malformed) << to;
  }
}

TEST_F(DigestExchange, PassesOverCredentialsForOthers) {
  Message request = authorised();
  request.prepend("Authorization", "Digest realm=\"elsewhere\", username=\"x\"");
  request.prepend("Authorization", "NoOneKnowsThisScheme opaque-data=here");
  EXPECT_EQ(verify(request), DigestVerdict::accepted);
}

}  // namespace
}  // namespace muster::sip
