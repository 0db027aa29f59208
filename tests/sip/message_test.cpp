// SPDX-License-Identifier: Apache-2.0
#include "sip/message.hpp"

#include "sip/parser.hpp"

namespace muster::sip {
namespace {

Message invite() {
  return parse(as_bytes("INVITE sip:dave@drill.example SIP/2.0\r\n"
                        "Via: SIP/2.0/UDP b;branch=z9hG4bK2, SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
                        "v: SIP/2.0/MUSTER c;branch=z9hG4bK0\r\n"
                        "From: <sip:alice@drill.example>;tag=1\r\n"
                        "T: sip:dave@drill.example\r\n"
                        "Call-ID: one\r\n"
                        "CSeq: 7 INVITE\r\n"
                        "Record-Route: <sip:127.0.0.1;lr>\r\n"
                        "Contact: \"A, B\" <sip:alice@10.0.0.1;a=b>, <sip:alice@10.0.0.2>\r\n"
                        "Timestamp: 54\r\n"
                        "Content-Type: Application/SDP ;charset=utf-8\r\n"
                        "Content-Length: 3\r\n\r\nabc"))
      .value();
}

std::string text_of(const Message& message) { return std::string{as_text(message.serialise())}; }

TEST(Message, FindsHeadersWhateverTheirCaseAndForm) {
  EXPECT_EQ(invite().header("to"), "sip:dave@drill.example");
  EXPECT_EQ(invite().header("I"), "one");
  EXPECT_EQ(invite().headers("VIA").size(), 3u);
  EXPECT_EQ(invite().headers("m").size(), 2u);
  EXPECT_FALSE(invite().header("Route").has_value());
  EXPECT_EQ(invite().content_type(), "application/sdp");
}

TEST(Message, TakesViasAwayOneByOne) {
  Message message = invite();
  for (const char* host : {"b", "a", "c"}) {
    EXPECT_EQ(message.via_top()->host, host);
    message.remove_first("Via");
  }
  EXPECT_FALSE(message.via_top().has_value());
}

TEST(Message, PutsANewViaBeforeTheOthers) {
  Message message = invite();
  message.prepend("Via", "SIP/2.0/UDP d;branch=z9hG4bK3");
  EXPECT_EQ(message.headers("Via").size(), 4u);
  EXPECT_EQ(message.via_top()->host, "d");
}

TEST(Message, ChangesOnlyTheTopmostVia) {
  Message message = invite();
  Via via = *message.via_top();
  via.params.set("received", "10.0.0.9");
  via.params.set("rport", "1024");
  message.set_via_top(via);
  EXPECT_EQ(message.via_top()->rport(), 1024);
  EXPECT_EQ(message.via_top()->received()->text(), "10.0.0.9");
  ASSERT_EQ(message.headers("Via").size(), 3u);
  EXPECT_EQ(message.headers("Via")[1], "SIP/2.0/UDP a;branch=z9hG4bK1");
}

TEST(Message, SetsOneHeaderInPlaceOfMany) {
  Message message = invite();
  message.set("v", "SIP/2.0/UDP z");
  EXPECT_EQ(message.headers("Via").size(), 1u);
  message.remove("f");
  EXPECT_FALSE(message.has("From"));
}

TEST(Message, WritesTheLengthOfItsBody) {
  Message message = invite();
  message.body = "twelve bytes";
  const auto again = parse(message.serialise());
  EXPECT_EQ(again->body, "twelve bytes");
  EXPECT_EQ(again->headers("Content-Length").size(), 1u);
}

TEST(Message, ReadsNumbersOnlyWithinTheirRange) {
  Message message = invite();
  EXPECT_FALSE(message.max_forwards().has_value());
  message.set("Max-Forwards", "256");
  EXPECT_FALSE(message.max_forwards().has_value());
  message.set("Max-Forwards", "255");
  EXPECT_EQ(message.max_forwards(), 255u);
  message.set("Expires", "4294967296");
  EXPECT_FALSE(message.expires().has_value());
  message.set("Expires", "0");
  EXPECT_EQ(message.expires(), 0u);
}

TEST(Message, KnowsTheWildcardContact) {
  Message message = invite();
  EXPECT_FALSE(message.contact_is_wildcard());
  message.set("Contact", "*");
  EXPECT_TRUE(message.contact_is_wildcard());
  EXPECT_TRUE(message.contacts().empty());
}

TEST(Message, ResponseRepeatsWhatNamesTheTransaction) {
  const Message response = make_response(invite(), 180, {}, "far");
  EXPECT_EQ(text_of(response),
            "SIP/2.0 180 Ringing\r\n"
            "Via: SIP/2.0/UDP b;branch=z9hG4bK2, SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
            "v: SIP/2.0/MUSTER c;branch=z9hG4bK0\r\n"
            "From: <sip:alice@drill.example>;tag=1\r\n"
            "T: sip:dave@drill.example;tag=far\r\n"
            "Call-ID: one\r\n"
            "CSeq: 7 INVITE\r\n"
            "Record-Route: <sip:127.0.0.1;lr>\r\n"
            "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(response.method(), "INVITE");
}

TEST(Message, TryingHasTheTimestampAndNoTag) {
  const Message response = make_response(invite(), 100, {}, "far");
  EXPECT_EQ(response.to().tag(), "");
  EXPECT_EQ(response.header("Timestamp"), "54");
  EXPECT_FALSE(response.has("Record-Route"));
}

TEST(Message, KeepsTheTagThatToAlreadyHas) {
  Message request = invite();
  request.set("To", "<sip:dave@drill.example>;tag=theirs");
  EXPECT_EQ(make_response(request, 200, {}, "ours").to().tag(), "theirs");
}

TEST(Via, ComparesSentByWithItsUsualPort) {
  EXPECT_EQ(Via::parse("SIP/2.0/UDP Host.Example;branch=z9hG4bKa")->sent_by(), "host.example:5060");
  EXPECT_EQ(Via::parse("SIP/2.0/UDP [2001:DB8::1]:5070")->sent_by(), "[2001:db8::1]:5070");
}

TEST(Via, BranchIsUniqueOnlyWithSomethingAfterTheCookie) {
  EXPECT_TRUE(Via::parse("SIP/2.0/UDP a;branch=Z9HG4BKx")->branch_is_unique());
  EXPECT_FALSE(Via::parse("SIP/2.0/UDP a;branch=z9hG4bK")->branch_is_unique());
  EXPECT_FALSE(Via::parse("SIP/2.0/UDP a")->branch_is_unique());
}

TEST(NameAddr, QuotesItsDisplayNameWhenWritten) {
  const auto parsed = NameAddr::parse("\"a \\\"b\\\" <c\" <sip:d@e>;tag=1").value();
  EXPECT_EQ(parsed.display, "a \"b\" <c");
  EXPECT_EQ(parsed.str(), "\"a \\\"b\\\" <c\" <sip:d@e>;tag=1");
}

TEST(NameAddr, TakesLettersBeyondAsciiWithoutQuotes) {
  const auto parsed = NameAddr::parse("J\u00fcrgen K. <sip:j@drill.example>").value();
  EXPECT_EQ(parsed.display, "J\u00fcrgen K.");
  EXPECT_EQ(parsed.str(), "\"J\u00fcrgen K.\" <sip:j@drill.example>");
}

TEST(NameAddr, ReadsTheContactOfAPhoneWithAnInstance) {
  const auto parsed = NameAddr::parse(
      "<sip:alice-0x5566@127.0.0.1:5080;transport=udp>;q=0.5;expires=600;"
      "+sip.instance=\"<urn:uuid:01234567-89ab-cdef-0123-456789abcdef>\"");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->uri.ip_endpoint()->text(), "127.0.0.1:5080");
  EXPECT_EQ(parsed->params.find("+sip.instance"),
            "\"<urn:uuid:01234567-89ab-cdef-0123-456789abcdef>\"");
}

TEST(NameAddr, ParametersWithoutBracketsBelongToTheHeader) {
  const auto parsed = NameAddr::parse("sip:d@e;tag=1 ; x = \"y;z\"").value();
  EXPECT_TRUE(parsed.uri.params.empty());
  EXPECT_EQ(parsed.tag(), "1");
  EXPECT_EQ(parsed.params.find("X"), "\"y;z\"");
}

}  // namespace
}  // namespace muster::sip
