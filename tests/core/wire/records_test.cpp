// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "core/base/seeded_random.hpp"
#include "core/wire/delegation_record.hpp"
#include "core/wire/node_record.hpp"
#include "core/wire/prekey_record.hpp"
#include "core/wire/service_record.hpp"
#include "core/wire/sip_binding_record.hpp"

namespace muster::wire {
namespace {

using namespace std::chrono_literals;

TEST(NodeRecord, ReadsWhatItWrote) {
  const NodeRecord record{"host-1", "musterd 0.1.0"};
  EXPECT_EQ(parse_node_record(encode(record)), record);
}

TEST(NodeRecord, RefusesANameThatIsNoLabel) {
  EXPECT_FALSE(parse_node_record(encode(NodeRecord{"", "x"})));
  EXPECT_FALSE(parse_node_record(encode(NodeRecord{std::string(64, 'a'), "x"})));
}

TEST(NodeRecord, NamesCertificatesAndThoseThatAreWanted) {
  NodeRecord record{"host-1", "musterd 0.1.0", 3, {Bytes(16, 7), Bytes(16, 8)}, {NodeId{}}};
  EXPECT_EQ(parse_node_record(encode(record)), record);
  record.certificates[0].pop_back();
  EXPECT_FALSE(parse_node_record(encode(record)));
}

TEST(NodeRecord, RefusesMoreNamesThanItsLimits) {
  NodeRecord record{"host-1", "musterd 0.1.0"};
  record.certificates.assign(NodeRecord::certificates_max + 1, Bytes(16, 1));
  EXPECT_FALSE(parse_node_record(encode(record)));
  record.certificates.clear();
  record.wants.resize(NodeRecord::wants_max + 1);
  EXPECT_FALSE(parse_node_record(encode(record)));
}

TEST(SipBindingRecord, ReadsWhatItWrote) {
  const SipBindingRecord record{"alice@drill.example",
                                7,
                                {{1000, 3600s}, {300, 60s}},
                                2,
                                {{0x0123456789abcdef, 3s}, {7, 0s}}};
  EXPECT_EQ(parse_sip_binding_record(encode(record)), record);
}

TEST(SipBindingRecord, RefusesMoreThanItsLimits) {
  EXPECT_FALSE(parse_sip_binding_record(encode(SipBindingRecord{})));
  EXPECT_FALSE(parse_sip_binding_record(encode(SipBindingRecord{"a", 1, {{1001, 1s}}, 0, {}})));
  SipBindingRecord many{"a", 1, {}, 0, {}};
  many.contacts.resize(SipBindingRecord::contacts_max + 1);
  EXPECT_FALSE(parse_sip_binding_record(encode(many)));
}

TEST(DelegationRecord, ReadsWhatItWrote) {
  DelegationRecord record{{{{}, 5s}, {{}, 0s}}};
  record.visited[1].node.octets.fill(7);
  EXPECT_EQ(parse_delegation_record(encode(record)), record);
}

TEST(DelegationRecord, RefusesMoreThanItsLimitsAndNothing) {
  DelegationRecord record;
  EXPECT_FALSE(parse_delegation_record(encode(record)));
  record.visited.resize(DelegationRecord::visited_max + 1);
  EXPECT_FALSE(parse_delegation_record(encode(record)));
  EXPECT_FALSE(parse_delegation_record(as_bytes("\x0a\x03\x0a\x01x")));
}

TEST(PrekeyRecord, ReadsWhatItWrote) {
  PrekeyRecord record{42, {}, {}};
  record.x25519_public.fill(9);
  EXPECT_EQ(parse_prekey_record(encode(record)), record);
  record.user_signature.emplace().fill(8);
  EXPECT_EQ(parse_prekey_record(encode(record)), record);
  record.dictionary = 1;
  EXPECT_EQ(parse_prekey_record(encode(record)), record);
}

TEST(PrekeyRecord, RefusesAKeyOfAnotherSize) {
  Bytes bytes = encode(PrekeyRecord{42, {}, {}});
  bytes.pop_back();
  EXPECT_FALSE(parse_prekey_record(bytes));
  EXPECT_FALSE(parse_prekey_record({}));
}

TEST(PrekeyRecord, RefusesASignatureOfAnotherSize) {
  PrekeyRecord record{42, {}, {}};
  record.user_signature.emplace().fill(8);
  Bytes bytes = encode(record);
  bytes.pop_back();
  bytes[bytes.size() - 64] = 63;  // the length of the last field
  EXPECT_FALSE(parse_prekey_record(bytes));
}

TEST(ServiceRecord, ReadsWhatItWrote) {
  for (const char* note : {"", "Iridium at the command post", "am H\xc3\xbcgel"}) {
    EXPECT_EQ(parse_service_record(encode(ServiceRecord{note})), ServiceRecord{note});
  }
}

TEST(ServiceRecord, RefusesANoteThatIsTooLongOrSpeaksToTerminals) {
  EXPECT_TRUE(parse_service_record(encode(ServiceRecord{std::string(64, 'a')})));
  EXPECT_FALSE(parse_service_record(encode(ServiceRecord{std::string(65, 'a')})));
  EXPECT_FALSE(parse_service_record(encode(ServiceRecord{"\x1b[2J"})));
  EXPECT_FALSE(parse_service_record(encode(ServiceRecord{"\xff"})));
  EXPECT_FALSE(parse_service_record(as_bytes("\x0a\x05x")));
}

TEST(ServiceName, IsAWordThatIsNoAorAndNoNodeId) {
  for (const char* name : {"gateway", "relay", "time", "a", "x-1", "abcdefghijklmno"}) {
    EXPECT_TRUE(is_service_name(name)) << name;
  }
  for (const char* name : {"", "-a", "a-", "a--b", "123", "Gateway", "a b", "a@b", "a.b",
                           "abcdefghijklmnop", "\xc3\xa4", "0123456789abcdef0123456789abcdef"}) {
    EXPECT_FALSE(is_service_name(name)) << name;
  }
}

TEST(RecordValues, SurviveArbitraryOctets) {
  SeededRandom random(1);
  for (int i = 0; i < 5000; ++i) {
    Bytes bytes(random.below(60));
    for (auto& octet : bytes) octet = static_cast<std::uint8_t>(random.next());
    const auto node = parse_node_record(bytes);
    const auto binding = parse_sip_binding_record(bytes);
    const auto prekey = parse_prekey_record(bytes);
    EXPECT_TRUE(!node || !node->name.empty());
    EXPECT_TRUE(!binding || !binding->aor.empty());
    EXPECT_TRUE(!prekey || bytes.size() >= 32);
    const auto service = parse_service_record(bytes);
    EXPECT_TRUE(!service || service->note.size() <= ServiceRecord::note_bytes_max);
  }
}

}  // namespace
}  // namespace muster::wire
