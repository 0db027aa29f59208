// SPDX-License-Identifier: Apache-2.0
#include "sip/uri.hpp"

namespace muster::sip {
namespace {

Uri uri(std::string_view text) { return Uri::parse(text).value(); }

TEST(Uri, GivesBackWhatItWasParsedFrom) {
  for (const char* text :
       {"sip:alice@atlanta.com", "sip:alice:secretword@atlanta.com;transport=tcp",
        "sips:alice@atlanta.com?subject=project%20x&priority=urgent",
        "sip:+1-212-555-1212:1234@gateway.com;user=phone", "sip:alice@192.0.2.4:5070",
        "sip:atlanta.com", "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
        "sip:alice;day=tuesday@atlanta.com", "sip:[2001:db8::10]:5070;lr",
        "tel:+358-555-1234567;postd=pp22"}) {
    const auto parsed = Uri::parse(text);
    ASSERT_TRUE(parsed.has_value()) << text;
    EXPECT_EQ(parsed->str(), text);
  }
}

TEST(Uri, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "sip:",
                           "sip:@host",
                           "sip:user@",
                           "sip:a@b@c",
                           "sip:a@host:99999",
                           "sip:a@host:",
                           "sip:a b@host",
                           "sip:a%zz@host",
                           "sip:a%4",
                           "sip:a@[::1",
                           "sip:a@[nonsense]",
                           "sip:a@host;",
                           "sip:a@host;=v",
                           "sip:a@host;p=",
                           "sip:a@host?",
                           "alice@host",
                           "5ip:alice@host",
                           "sip:a@ho/st",
                           "<sip:a@host>",
                           "sip:a@host :5060"}) {
    EXPECT_FALSE(Uri::parse(text).has_value()) << text;
  }
}

// The examples of RFC 3261 section 19.1.4.
TEST(Uri, IsEquivalentWhereTheRfcSaysSo) {
  EXPECT_TRUE(equivalent(uri("sip:%61lice@atlanta.com;transport=TCP"),
                         uri("sip:alice@AtLanTa.CoM;Transport=tcp")));
  EXPECT_TRUE(equivalent(uri("sip:carol@chicago.com"), uri("sip:carol@chicago.com;newparam=5")));
  EXPECT_TRUE(equivalent(uri("sip:carol@chicago.com"), uri("sip:carol@chicago.com;security=on")));
  EXPECT_TRUE(
      equivalent(uri("sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com"),
                 uri("sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com")));
  EXPECT_TRUE(equivalent(uri("sip:alice@atlanta.com?subject=project%20x&priority=urgent"),
                         uri("sip:alice@atlanta.com?priority=urgent&subject=project%20x")));
}

TEST(Uri, DiffersWhereTheRfcSaysSo) {
  EXPECT_FALSE(equivalent(uri("SIP:ALICE@AtLanTa.CoM;Transport=udp"),
                          uri("sip:alice@AtLanTa.CoM;Transport=UDP")));
  EXPECT_FALSE(equivalent(uri("sip:bob@biloxi.com"), uri("sip:bob@biloxi.com:5060")));
  EXPECT_FALSE(equivalent(uri("sip:bob@biloxi.com"), uri("sip:bob@biloxi.com;transport=udp")));
  EXPECT_FALSE(equivalent(uri("sip:bob@biloxi.com"), uri("sip:bob@biloxi.com:6000;transport=tcp")));
  EXPECT_FALSE(equivalent(uri("sip:carol@chicago.com"),
                          uri("sip:carol@chicago.com?Subject=next%20meeting")));
  EXPECT_FALSE(equivalent(uri("sip:bob@phone21.boxesbybob.com"), uri("sip:bob@192.0.2.4")));
  EXPECT_FALSE(equivalent(uri("sip:carol@chicago.com;security=on"),
                          uri("sip:carol@chicago.com;security=off")));
  EXPECT_FALSE(equivalent(uri("sip:bob@biloxi.com"), uri("sips:bob@biloxi.com")));
}

TEST(Uri, IsEquivalentToItselfWithAParameterTwice) {
  const Uri twice = uri("sip:carol@chicago.com;line=1;line=2");
  EXPECT_TRUE(equivalent(twice, twice));
  EXPECT_TRUE(equivalent(twice, uri("sip:carol@chicago.com;line=1")));
  EXPECT_FALSE(equivalent(twice, uri("sip:carol@chicago.com;line=2")));
}

TEST(Uri, NamesAUserWhateverItsEscapesAndParameters) {
  EXPECT_EQ(uri("sip:%61lice:pw@Drill.Example:5070;transport=udp").aor(),
            "sip:alice@drill.example");
  EXPECT_EQ(uri("sip:drill.example").aor(), "sip:drill.example");
}

TEST(Uri, KnowsItsTransportAddressWhenTheHostIsOne) {
  EXPECT_EQ(uri("sip:a@192.0.2.4").ip_endpoint()->text(), "192.0.2.4:5060");
  EXPECT_EQ(uri("sips:a@[::1]").ip_endpoint()->text(), "[::1]:5061");
  EXPECT_FALSE(uri("sip:a@drill.example").ip_endpoint().has_value());
}

}  // namespace
}  // namespace muster::sip
