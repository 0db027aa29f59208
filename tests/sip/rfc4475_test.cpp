// SPDX-License-Identifier: Apache-2.0
#include "sip/parser.hpp"
#include "tests/support/test_data.hpp"

namespace muster::sip {
namespace {

/// What the parser owes one message of RFC 4475. `status` 0 means that it is a valid message or,
/// with `dropped`, that it is silently discarded.
struct Verdict {
  const char* name;
  unsigned status;
  bool dropped = false;
};

// Where the RFC lets a receiver choose between 400 and guessing what was meant, Muster answers 400:
// lwsruri, lwsstart, trws, escruri, ltgtruri, badaspec, baddn. Where it asks servers behind the
// parser for 401, 415, 416, 420 or 483 the message is valid here; RequestsForOtherLayers reads on.
constexpr Verdict verdicts[] = {
    // 3.1.1 valid messages
    {"wsinv", 0},
    {"intmeth", 0},
    {"esc01", 0},
    {"escnull", 0},
    {"esc02", 0},
    {"lwsdisp", 0},
    {"longreq", 0},
    {"dblreq", 0},
    {"semiuri", 0},
    {"transports", 0},
    {"mpart01", 0},
    {"unreason", 0},
    {"noreason", 0},
    // 3.1.2 invalid messages
    {"badinv01", 400},
    {"clerr", 400},
    {"ncl", 400},
    {"scalar02", 400},
    {"scalarlg", 0, true},
    {"quotbal", 400},
    {"ltgtruri", 400},
    {"lwsruri", 400},
    {"lwsstart", 400},
    {"trws", 400},
    {"escruri", 400},
    {"baddate", 0},
    {"regbadct", 400},
    {"badaspec", 400},
    {"baddn", 400},
    {"badvers", 505},
    {"mismatch01", 400},
    {"mismatch02", 400},
    {"bigcode", 0, true},
    // 3.2 transaction layer
    {"badbranch", 0},
    // 3.3 application layer
    {"insuf", 400},
    {"unkscm", 0},
    {"novelsc", 0},
    {"unksm2", 0},
    {"bext01", 0},
    {"invut", 0},
    {"regaut01", 0},
    {"multi01", 400},
    {"mcl01", 400},
    {"bcast", 0},
    {"zeromf", 0},
    {"cparam01", 0},
    {"cparam02", 0},
    {"regescrt", 0},
    {"sdp01", 0},
    // 3.4 backward compatibility
    {"inv2543", 0},
};
static_assert(std::size(verdicts) == 49);

std::string torture(const std::string& name) {
  return test::test_data("rfc4475/" + name + ".dat").value_or("");
}

class Torture : public testing::TestWithParam<Verdict> {
 protected:
  void SetUp() override {
    text_ = torture(GetParam().name);
    if (text_.empty()) GTEST_SKIP() << "no " << test::test_data_folder() / "rfc4475";
  }
  std::string text_;
};

TEST_P(Torture, TreatsMessageAsTheRfcSays) {
  const auto message = parse(as_bytes(text_));
  const bool valid = GetParam().status == 0 && !GetParam().dropped;
  EXPECT_EQ(message.has_value(), valid)
      << (message ? std::string{"is accepted"} : message.error().sentence());
  if (!message) {
    EXPECT_EQ(message.error().status, GetParam().status) << message.error().sentence();
  }
}

TEST_P(Torture, SaysTheSameAfterBeingWrittenAndReadAgain) {
  const auto message = parse(as_bytes(text_));
  if (!message) {
    EXPECT_FALSE(message.error().sentence().empty());
    return;
  }
  const auto again = parse(message->serialise());
  ASSERT_TRUE(again.has_value()) << again.error().sentence();
  EXPECT_EQ(again->serialise(), message->serialise());
  EXPECT_EQ(again->body, message->body);
  EXPECT_EQ(again->method(), message->method());
  EXPECT_EQ(again->headers("Via").size(), message->headers("Via").size());
}

TEST_P(Torture, IsNeverTakenForWholeWhenItIsCutShort) {
  const auto whole = parse(as_bytes(text_));
  if (!whole || !whole->has("Content-Length")) return;
  for (std::size_t size = 0; size < text_.size(); ++size) {
    const auto part = parse(as_bytes(std::string_view{text_}.substr(0, size)));
    ASSERT_TRUE(!part || part->serialise() == whole->serialise()) << size << " octets";
  }
}

INSTANTIATE_TEST_SUITE_P(Rfc4475, Torture, testing::ValuesIn(verdicts),
                         [](const auto& one) { return std::string{one.param.name}; });

class Rfc4475 : public testing::Test {
 protected:
  void SetUp() override {
    if (torture("wsinv").empty()) GTEST_SKIP() << "no " << test::test_data_folder() / "rfc4475";
  }
  static Message read(const std::string& name) {
    const auto text = torture(name);
    return parse(as_bytes(text)).value();
  }
};

TEST_F(Rfc4475, WsinvIsUnderstoodThroughItsWhiteSpace) {
  const Message message = read("wsinv");
  EXPECT_EQ(message.to().tag(), "1918181833n");
  EXPECT_EQ(message.from().display, "J Rosenberg \\\"");
  EXPECT_EQ(message.from().tag(), "98asjd8");
  EXPECT_EQ(message.max_forwards(), 68u);
  EXPECT_EQ(message.cseq().number, 9u);
  EXPECT_EQ(message.cseq().method, "INVITE");
  ASSERT_EQ(message.headers("Via").size(), 3u);
  EXPECT_EQ(message.via_top()->host, "192.0.2.2");
  EXPECT_EQ(message.via_top()->branch(), "390skdjuw");
  EXPECT_FALSE(message.via_top()->branch_is_unique());
  EXPECT_EQ(Via::parse(message.headers("Via")[2])->str(),
            "SIP/2.0/UDP 192.168.255.111;branch=z9hG4bK30239");
  EXPECT_EQ(message.routes().at(0).uri.str(),
            "sip:services.example.com;lr;unknownwith=value;unknown-no-value");
  EXPECT_EQ(message.contacts().at(0).params.find("q"), "0.33");
  EXPECT_EQ(message.body.size(), 150u);
}

TEST_F(Rfc4475, IntmethKeepsItsUnusualCharacters) {
  const Message message = read("intmeth");
  EXPECT_EQ(message.method(), "!interesting-Method0123456789_*+`.%indeed'~");
  EXPECT_EQ(message.request_uri().host, "example.com");
  EXPECT_EQ(message.request_uri().password, "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
  EXPECT_EQ(message.from().display, "token1~` token2'+_ token3*%!.-");
  EXPECT_EQ(message.max_forwards(), 255u);
}

TEST_F(Rfc4475, EscapedCharactersAreResolvedWhereTheyNameAUser) {
  const Message message = read("esc01");
  EXPECT_EQ(message.request_uri().user_text(), "sips:user@example.com");
  EXPECT_EQ(message.request_uri().host, "example.net");
  EXPECT_EQ(message.to().uri.aor(), "sip:user@example.com");
  EXPECT_EQ(message.from().uri.user_text(), "I have spaces");
}

TEST_F(Rfc4475, EscapedNullsAreDifferentUsers) {
  const auto contacts = read("escnull").contacts();
  ASSERT_EQ(contacts.size(), 2u);
  EXPECT_FALSE(equivalent(contacts[0].uri, contacts[1].uri));
}

TEST_F(Rfc4475, EscapedHeaderNameIsAnotherHeader) {
  EXPECT_EQ(read("esc02").contacts().size(), 2u);
  EXPECT_EQ(read("esc02").method(), "RE%47IST%45R");
}

TEST_F(Rfc4475, LongreqHasAllItsVias) { EXPECT_EQ(read("longreq").headers("v").size(), 34u); }

TEST_F(Rfc4475, SecondRequestInTheDatagramIsIgnored) {
  EXPECT_EQ(read("dblreq").method(), "REGISTER");
  EXPECT_TRUE(read("dblreq").body.empty());
}

TEST_F(Rfc4475, SemicolonBelongsToTheUserPart) {
  EXPECT_EQ(read("semiuri").request_uri().user_text(), "user;par=u@example.net");
  EXPECT_TRUE(read("semiuri").request_uri().params.empty());
}

TEST_F(Rfc4475, ParameterBelongsToTheContactOrToItsUriByTheBrackets) {
  EXPECT_TRUE(read("cparam01").contacts().at(0).params.has("unknownparam"));
  EXPECT_TRUE(read("cparam02").contacts().at(0).uri.params.has("unknownparam"));
  EXPECT_EQ(read("regescrt").contacts().at(0).uri.headers, "Route=%3Csip:sip.example.com%3E");
}

TEST_F(Rfc4475, RequestsForOtherLayersShowWhatThoseNeed) {
  EXPECT_FALSE(read("unkscm").request_uri().is_sip());                       // 416
  EXPECT_FALSE(read("novelsc").request_uri().is_sip());                      // 416
  EXPECT_EQ(read("bext01").headers("Require").size(), 2u);                   // 420
  EXPECT_EQ(read("bext01").headers("Proxy-Require").size(), 2u);             // 420
  EXPECT_EQ(read("invut").content_type(), "application/unknownformat");      // 415
  EXPECT_EQ(read("regaut01").headers("Authorization").size(), 1u);           // 401
  EXPECT_EQ(read("zeromf").max_forwards(), 0u);                              // 483
  EXPECT_EQ(read("sdp01").headers("Accept").at(0), "text/nobodyKnowsThis");  // 406
  EXPECT_EQ(read("bcast").headers("Via").size(), 2u);                        // not ours: discarded
  EXPECT_FALSE(read("badbranch").via_top()->branch_is_unique());
}

TEST_F(Rfc4475, FaultyRequestsCarryTheAnswerThatIsSent) {
  const auto text = torture("mismatch01");
  const auto answer = parse(as_bytes(text)).error().response;
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status(), 400u);
  EXPECT_EQ(answer->reason(), "Bad Request: CSeq names another method than the request line");
  EXPECT_EQ(answer->call_id(), "mismatch01.dj0234sxdfl3");
}

}  // namespace
}  // namespace muster::sip
