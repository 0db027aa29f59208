// SPDX-License-Identifier: Apache-2.0
#include "sip/registrar.hpp"

#include <gtest/gtest.h>

#include "sip/parser.hpp"
#include "tests/support/drain.hpp"

namespace muster::sip {
namespace {

using namespace std::chrono_literals;
constexpr std::string_view aor = "alice@drill.example";
const TimePoint start{1000s};
const IpEndpoint desk = *IpEndpoint::parse("192.0.2.7:5060");

Message register_request(const std::string& fields, unsigned cseq = 1,
                         const std::string& call_id = "r1") {
  const std::string text =
      "REGISTER sip:drill.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKr\r\n"
      "From: <sip:alice@drill.example>;tag=f\r\nTo: <sip:alice@drill.example>\r\n"
      "Call-ID: " +
      call_id + "\r\nCSeq: " + std::to_string(cseq) + " REGISTER\r\n" + fields + "\r\n";
  return parse(as_bytes(text)).value();
}

class RegistrarTest : public ::testing::Test {
 protected:
  Registrar registrar{{}};

  Message receive(const Message& request, TimePoint now = start) {
    return registrar.receive(now, aor, desk, request, "tag");
  }
  std::vector<std::string> contacts() {
    std::vector<std::string> found;
    for (const auto& binding : registrar.location().find(aor)) {
      found.push_back(binding.contact.str());
    }
    return found;
  }
};
using Contacts = std::vector<std::string>;

TEST_F(RegistrarTest, AddsAContactAndListsItWithItsRemainingTime) {
  const Message response = receive(register_request("Contact: <sip:a@192.0.2.7>;expires=120\r\n"));
  EXPECT_EQ(response.status(), 200u);
  EXPECT_EQ(response.header("Contact"), "<sip:a@192.0.2.7>;expires=120");
  const Message query = receive(register_request("", 2), start + 20s);
  EXPECT_EQ(query.header("Contact"), "<sip:a@192.0.2.7>;expires=100");
}

TEST_F(RegistrarTest, TakesTheLifetimeFromExpiresOrTheDefault) {
  const Message response =
      receive(register_request("Contact: <sip:a@192.0.2.7>\r\nExpires: 300\r\n"));
  EXPECT_EQ(response.header("Contact"), "<sip:a@192.0.2.7>;expires=300");
  const Message other = receive(register_request("Contact: <sip:b@192.0.2.7>\r\n", 2));
  EXPECT_EQ(other.headers("Contact").at(1), "<sip:b@192.0.2.7>;expires=3600");
}

TEST_F(RegistrarTest, NeverKeepsAContactLongerThanItsMaximum) {
  const Message response =
      receive(register_request("Contact: <sip:a@192.0.2.7>;expires=4294967295\r\n"));
  EXPECT_EQ(response.header("Contact"), "<sip:a@192.0.2.7>;expires=3600");
}

TEST_F(RegistrarTest, RefusesTooBriefALifetimeAndSaysWhatIsEnough) {
  const Message response = receive(register_request("Contact: <sip:a@192.0.2.7>;expires=10\r\n"));
  EXPECT_EQ(response.status(), 423u);
  EXPECT_EQ(response.header("Min-Expires"), "60");
  EXPECT_EQ(contacts(), Contacts{});
}

TEST_F(RegistrarTest, RemovesAContactWhoseLifetimeIsZero) {
  receive(register_request("Contact: <sip:a@192.0.2.7>, <sip:b@192.0.2.7>\r\n"));
  receive(register_request("Contact: <sip:a@192.0.2.7>;expires=0\r\n", 2));
  EXPECT_EQ(contacts(), Contacts{"sip:b@192.0.2.7"});
}

TEST_F(RegistrarTest, RemovesAllContactsByTheWildcard) {
  receive(register_request("Contact: <sip:a@192.0.2.7>, <sip:b@192.0.2.7>\r\n"));
  const Message response = receive(register_request("Contact: *\r\nExpires: 0\r\n", 2));
  EXPECT_EQ(response.status(), 200u);
  EXPECT_EQ(contacts(), Contacts{});
}

TEST_F(RegistrarTest, RefusesTheWildcardWithoutExpiresZero) {
  EXPECT_EQ(receive(register_request("Contact: *\r\n")).status(), 400u);
  EXPECT_EQ(receive(register_request("Contact: *\r\nExpires: 60\r\n")).status(), 400u);
}

TEST_F(RegistrarTest, RefusesWhatComesOutOfOrderAndChangesNothing) {
  receive(register_request("Contact: <sip:a@192.0.2.7>\r\n", 5));
  const Message response =
      receive(register_request("Contact: <sip:b@192.0.2.7>, <sip:a@192.0.2.7>;expires=0\r\n", 5));
  EXPECT_EQ(response.status(), 500u);
  EXPECT_EQ(contacts(), Contacts{"sip:a@192.0.2.7"});
}

TEST_F(RegistrarTest, TakesAnyCSeqUnderANewCallId) {
  receive(register_request("Contact: <sip:a@192.0.2.7>\r\n", 500));
  const Message response =
      receive(register_request("Contact: <sip:a@192.0.2.7>\r\n", 1, "after-reboot"));
  EXPECT_EQ(response.status(), 200u);
}

TEST_F(RegistrarTest, ReplacesTheContactOfAPhoneThatReturnsWithAnotherPort) {
  const std::string instance = ";+sip.instance=\"<urn:uuid:1>\"\r\n";
  receive(register_request("Contact: <sip:a@192.0.2.7:5060>" + instance));
  receive(register_request("Contact: <sip:a@192.0.2.7:6060>" + instance, 1, "r2"));
  EXPECT_EQ(contacts(), Contacts{"sip:a@192.0.2.7:6060"});
}

TEST_F(RegistrarTest, SortsContactsByPreference) {
  receive(register_request("Contact: <sip:low@192.0.2.7>;q=0.2, <sip:high@192.0.2.7>;q=0.75\r\n"));
  EXPECT_EQ(contacts(), (Contacts{"sip:high@192.0.2.7", "sip:low@192.0.2.7"}));
}

TEST_F(RegistrarTest, RefusesMorePhonesThanOneUserMayHave) {
  for (unsigned i = 1; i <= 8; ++i) {
    const std::string contact = "Contact: <sip:a@192.0.2." + std::to_string(i) + ">\r\n";
    EXPECT_EQ(receive(register_request(contact, i)).status(), 200u);
  }
  EXPECT_EQ(receive(register_request("Contact: <sip:a@192.0.2.9>\r\n", 9)).status(), 403u);
  EXPECT_EQ(contacts().size(), 8u);
}

TEST_F(RegistrarTest, SaysWhenTheUserComesAndGoes) {
  receive(register_request("Contact: <sip:a@192.0.2.7>;expires=60\r\n"));
  auto said = test::drain(registrar);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].kind, Registrar::Output::Kind::phone_added);
  EXPECT_EQ(registrar.deadline(), start + 60s);
  registrar.advance(start + 59s);
  EXPECT_TRUE(test::drain(registrar).empty());
  registrar.advance(start + 60s);
  said = test::drain(registrar);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].kind, Registrar::Output::Kind::last_phone_removed);
  EXPECT_EQ(said[0].aor, aor);
}

TEST_F(RegistrarTest, SaysNothingWhenAPhoneOnlyRefreshes) {
  receive(register_request("Contact: <sip:a@192.0.2.7>\r\n"));
  test::drain(registrar);
  receive(register_request("Contact: <sip:a@192.0.2.7>\r\n", 2), start + 60s);
  EXPECT_TRUE(test::drain(registrar).empty());
}

}  // namespace
}  // namespace muster::sip
