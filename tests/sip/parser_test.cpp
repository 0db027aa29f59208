// SPDX-License-Identifier: Apache-2.0
#include "sip/parser.hpp"

#include "core/base/seeded_random.hpp"

namespace muster::sip {
namespace {

const std::string options =
    "OPTIONS sip:dave@drill.example SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKabc;rport\r\n"
    "From: Alice <sip:alice@drill.example>;tag=1\r\n"
    "To: <sip:dave@drill.example>\r\n"
    "Call-ID: one\r\n"
    "CSeq: 1 OPTIONS\r\n"
    "Max-Forwards: 70\r\n"
    "\r\n";

/// `options` with one piece of text replaced.
std::string options_with(std::string_view from, std::string_view to) {
  std::string text = options;
  const auto at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

Result<Message, ParseError> parse_text(const std::string& text, const ParseLimits& limits = {}) {
  return parse(as_bytes(text), limits);
}

struct Malformed {
  const char* name;
  const char* from;
  const char* to;
  ParseFault fault;
};

constexpr Malformed malformed[] = {
    {"UnbalancedQuote", "Alice <", "\"Alice <", ParseFault::header_malformed},
    {"CommaInDisplayName", "Alice <", "Alice, B. <", ParseFault::header_malformed},
    {"SpaceInsideBrackets", "<sip:dave@drill.example>", "< sip:dave@drill.example>",
     ParseFault::header_malformed},
    {"EmptyViaParameter", ";rport", ";;rport", ParseFault::header_malformed},
    {"EmptyViaElement", ";rport", ";rport,", ParseFault::header_malformed},
    {"ViaPortTooLarge", "127.0.0.1:5070", "127.0.0.1:65536", ParseFault::header_malformed},
    {"CSeqTooLarge", "CSeq: 1 ", "CSeq: 4294967296 ", ParseFault::header_malformed},
    {"CSeqNegative", "CSeq: 1 ", "CSeq: -1 ", ParseFault::header_malformed},
    {"CSeqOfAnotherMethod", "1 OPTIONS", "1 INVITE", ParseFault::method_mismatch},
    {"CallIdEmpty", "Call-ID: one", "Call-ID:", ParseFault::header_malformed},
    {"CallIdTwice", "Call-ID: one", "Call-ID: one\r\ni: two", ParseFault::header_repeated},
    {"LengthTwice", "CSeq", "l: 0\r\nContent-Length: 0\r\nCSeq", ParseFault::header_repeated},
    {"LengthNegative", "CSeq", "Content-Length: -1\r\nCSeq", ParseFault::header_malformed},
    {"LengthBeyondTheEnd", "CSeq", "Content-Length: 1\r\nCSeq", ParseFault::body_too_short},
    {"ToMissing", "To:", "Too:", ParseFault::header_missing},
    {"NoColon", "Call-ID: one", "Call-ID: one\r\nnonsense", ParseFault::header_line},
    {"SpaceInHeaderName", "Call-ID: one", "Call-ID: one\r\nA B: c", ParseFault::header_line},
    {"BareLineFeed", "Call-ID: one", "Call-ID: one\r\nX: a\nVia: b", ParseFault::header_line},
    {"BareCarriageReturn", "Call-ID: one", "Call-ID: one\r\nX: a\rb", ParseFault::header_line},
    {"BracketsInRequestUri", "sip:dave@drill.example SIP", "<sip:dave@drill.example> SIP",
     ParseFault::start_line},
    {"HeadersInRequestUri", "drill.example SIP", "drill.example?Route=a SIP",
     ParseFault::start_line},
    {"TwoSpacesInRequestLine", "OPTIONS sip", "OPTIONS  sip", ParseFault::start_line},
    {"SpaceAfterVersion", "SIP/2.0\r\nVia", "SIP/2.0 \r\nVia", ParseFault::start_line},
    {"OtherVersion", "SIP/2.0\r\nVia", "SIP/3.0\r\nVia", ParseFault::version},
    {"ContactWithBareQuestionMark", "CSeq", "m: sip:a@b?Route=c\r\nCSeq",
     ParseFault::header_malformed},
    {"RouteWithoutUri", "CSeq", "Route: <>\r\nCSeq", ParseFault::header_malformed},
};

class MalformedRequest : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedRequest, IsRefusedForWhatIsWrongWithIt) {
  const auto message = parse_text(options_with(GetParam().from, GetParam().to));
  ASSERT_FALSE(message.has_value());
  EXPECT_EQ(message.error().fault, GetParam().fault) << message.error().sentence();
  EXPECT_EQ(message.error().status, GetParam().fault == ParseFault::version ? 505u : 400u);
}

INSTANTIATE_TEST_SUITE_P(Parser, MalformedRequest, testing::ValuesIn(malformed),
                         [](const auto& one) { return std::string{one.param.name}; });

TEST(Parser, ReadsAPlainRequest) {
  const Message message = parse_text(options).value();
  EXPECT_TRUE(message.is_request());
  EXPECT_EQ(message.method(), "OPTIONS");
  EXPECT_EQ(message.request_uri().str(), "sip:dave@drill.example");
  EXPECT_EQ(message.from().display, "Alice");
  EXPECT_EQ(message.from().tag(), "1");
  EXPECT_EQ(message.to().tag(), "");
  EXPECT_EQ(message.call_id(), "one");
  EXPECT_TRUE(message.via_top()->wants_rport());
  EXPECT_FALSE(message.via_top()->rport().has_value());
}

TEST(Parser, AnswersAFaultyRequestButNeverAnAck) {
  const auto request = parse_text(options_with("1 OPTIONS", "1 INVITE"));
  ASSERT_TRUE(request.error().response.has_value());
  EXPECT_TRUE(parse(request.error().response->serialise()).has_value());
  const auto ack = parse_text(options_with("OPTIONS sip", "ACK sip"));
  EXPECT_EQ(ack.error().fault, ParseFault::method_mismatch);
  EXPECT_FALSE(ack.error().response.has_value());
}

TEST(Parser, DropsFaultyResponsesWithoutAnswer) {
  for (const char* status : {"SIP/2.0 4294967301 x", "SIP/2.0 99 x", "SIP/2.0 700 x",
                             "SIP/2.0 20 x", "SIP/2.0", "SIP/7.0 200 OK"}) {
    const auto message = parse_text(options_with("OPTIONS sip:dave@drill.example SIP/2.0", status));
    ASSERT_FALSE(message.has_value()) << status;
    EXPECT_EQ(message.error().status, 0u);
    EXPECT_FALSE(message.error().response.has_value());
  }
}

TEST(Parser, KnowsAKeepAlive) {
  EXPECT_EQ(parse_text("\r\n\r\n").error().fault, ParseFault::keep_alive);
  EXPECT_EQ(parse_text("").error().fault, ParseFault::keep_alive);
  EXPECT_TRUE(parse_text("\r\n\r\n" + options).has_value());
}

TEST(Parser, TakesTheRestOfTheDatagramAsBodyWhereNoLengthIsGiven) {
  EXPECT_EQ(parse_text(options + "body").value().body, "body");
  EXPECT_EQ(parse_text(options_with("CSeq", "l: 2\r\nCSeq") + "body").value().body, "bo");
}

TEST(Parser, HoldsItsLimits) {
  ParseLimits limits;
  limits.bytes_max = options.size() - 1;
  EXPECT_EQ(parse_text(options, limits).error().fault, ParseFault::too_large);
  limits = {};
  limits.headers_max = 5;
  EXPECT_EQ(parse_text(options, limits).error().fault, ParseFault::too_large);
  limits = {};
  limits.header_line_bytes_max = 40;
  EXPECT_EQ(parse_text(options, limits).error().fault, ParseFault::too_large);
}

TEST(Parser, SurvivesAnyDamage) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SeededRandom random(seed);
    std::string text =
        options_with("CSeq", "m: \"x\\\"\" <sip:a@[::1]:5;lr>;q=0.5\r\nCSeq") + "body";
    for (int i = 0; i < 4; ++i) {
      const auto at = random.below(text.size());
      constexpr std::string_view nasty{"\0\r\n \t<>\"\\;:,=%@[]?/z", 21};
      text[at] = nasty[random.below(nasty.size())];
    }
    const auto message = parse_text(text);
    if (!message) continue;
    const auto again = parse(message->serialise());
    ASSERT_TRUE(again.has_value()) << "seed " << seed << ": " << again.error().sentence();
    ASSERT_EQ(again->serialise(), message->serialise()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace muster::sip
