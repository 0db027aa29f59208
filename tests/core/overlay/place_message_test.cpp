// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/place_message.hpp"

#include <gtest/gtest.h>

#include "core/base/seeded_random.hpp"

namespace muster::overlay {
namespace {

constexpr Ask ask{0x01020304, 5};

TEST(PlaceMessage, KeepsAQuestion) {
  const Bytes bytes = encode(Fetch{ask, {Kind::sip_binding, Kind::prekey}, "alice@drill.example"});
  EXPECT_EQ(bytes.size(), 28U);
  const auto read = std::get<Fetch>(*parse_place_message(bytes));
  EXPECT_EQ(read.ask, ask);
  EXPECT_EQ(read.name, "alice@drill.example");
  EXPECT_TRUE(read.kinds.has(Kind::sip_binding));
  EXPECT_TRUE(read.kinds.has(Kind::prekey));
  EXPECT_FALSE(read.kinds.has(Kind::certificate));
}

TEST(PlaceMessage, KeepsRecordsOnTheirWay) {
  const Bytes body(50, 3);
  const Bytes signature(Record::signature_bytes, 4);
  const Bytes answer = encode(Found{ask, true, {{77, body, signature}}});
  const auto found = std::get<Found>(*parse_place_message(answer));
  EXPECT_TRUE(found.holder);
  ASSERT_EQ(found.records.size(), 1U);
  const Bytes stored = encode(Store{ask, {{77, body, signature}, {78, body, signature}}});
  const auto read = std::get<Store>(*parse_place_message(stored));
  ASSERT_EQ(read.records.size(), 2U);
  EXPECT_EQ(read.records[1].age_s, 78U);
  EXPECT_EQ(to_bytes(read.records[1].body), body);
  EXPECT_EQ(to_bytes(read.records[1].signature), signature);
}

TEST(PlaceMessage, KeepsProposalsAndVerdicts) {
  Proposal proposal{ask, {}};
  for (std::size_t i = 0; i < Proposal::items_max; ++i) proposal.items.push_back({i, {1, 2}, ~i});
  const Bytes asked = encode(proposal);
  const auto proposed = std::get<Proposal>(*parse_place_message(asked));
  EXPECT_EQ(proposed.items, proposal.items);
  const Verdicts verdicts{ask, {Verdicts::Each::held, Verdicts::Each::refused}};
  const auto judged = std::get<Verdicts>(*parse_place_message(encode(verdicts)));
  EXPECT_EQ(judged.verdicts, verdicts.verdicts);
}

Contact contact(std::uint8_t number) {
  NodeId id;
  id.octets[0] = number;
  return {id, {LinkId{0}, LinkAddress::from_ip({{false, {10, 0, 0, number}, 0}, 7300})}};
}

TEST(PlaceMessage, KeepsASearchAndItsAnswer) {
  Place place;
  place.octets[3] = 7;
  const Bytes asked = encode(Seek{ask, {Kind::sip_binding}, 8, place});
  EXPECT_EQ(asked.size(), 25U);
  const auto seek = std::get<Seek>(*parse_place_message(asked));
  EXPECT_EQ(seek.place, place);
  EXPECT_EQ(seek.wanted, 8);
  EXPECT_TRUE(seek.kinds.has(Kind::sip_binding));
  const Bytes body(50, 3);
  const Bytes signature(Record::signature_bytes, 4);
  const Bytes answer =
      encode(Sought{ask, true, true, {contact(1), contact(2)}, {{77, body, signature}}});
  const auto sought = std::get<Sought>(*parse_place_message(answer));
  EXPECT_TRUE(sought.holder);
  EXPECT_TRUE(sought.hints);
  EXPECT_EQ(sought.contacts, (std::vector<Contact>{contact(1), contact(2)}));
  ASSERT_EQ(sought.records.size(), 1U);
  EXPECT_EQ(to_bytes(sought.records[0].body), body);
}

TEST(PlaceMessage, LeavesOutContactsWithoutAnIpAddress) {
  auto strange = contact(2);
  strange.path.address.octets = {1, 2, 3};
  const Bytes answer = encode(Sought{ask, false, false, {contact(1), strange}, {}});
  const auto sought = std::get<Sought>(*parse_place_message(answer));
  EXPECT_EQ(sought.contacts, std::vector<Contact>{contact(1)});
}

TEST(PlaceMessage, RefusesMoreContactsThanAnybodyMayName) {
  std::vector<Contact> most;
  for (std::size_t i = 0; i < Seek::contacts_max; ++i) {
    most.push_back(contact(static_cast<std::uint8_t>(i)));
  }
  Bytes answer = encode(Sought{ask, false, false, most, {}});
  EXPECT_TRUE(parse_place_message(answer));
  constexpr std::size_t count_offset = 1 + 4 + 1 + 1;
  ++answer[count_offset];
  append(answer, Bytes(answer.end() - 28, answer.end()));
  EXPECT_FALSE(parse_place_message(answer));
}

TEST(PlaceMessage, TellsAnswersFromQuestions) {
  EXPECT_TRUE(is_answer(encode(Sought{ask, false, false, {}, {}})));
  EXPECT_TRUE(is_answer(encode(Verdicts{ask, {}})));
  EXPECT_FALSE(is_answer(encode(Seek{ask, {}, 0, {}})));
  EXPECT_FALSE(is_answer(encode(Store{ask, {}})));
}

TEST(PlaceMessage, SaysWhetherItsSenderPlaces) {
  Bytes bytes = encode(Fetch{ask, {Kind::sip_binding}, "bob@drill.example"});
  EXPECT_FALSE(sender_places(bytes));
  set_sender_places(bytes);
  EXPECT_TRUE(sender_places(bytes));
  EXPECT_TRUE(is_look_up(bytes));
  EXPECT_TRUE(parse_place_message(bytes));
  EXPECT_FALSE(is_look_up(encode(Proposal{ask, {}})));
}

TEST(PlaceMessage, IsTheSameQuestionAskedAgain) {
  Bytes bytes = encode(Fetch{ask, {Kind::sip_binding}, "bob@drill.example"});
  set_attempt(bytes, 9);
  const auto read = std::get<Fetch>(*parse_place_message(bytes));
  EXPECT_EQ(read.ask.question, ask.question);
  EXPECT_EQ(read.ask.attempt, 9);
}

TEST(PlaceMessage, RefusesWhatIsCutOffUnknownOrTooLong) {
  const Bytes bytes = encode(Fetch{ask, {Kind::sip_binding}, "bob@drill.example"});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(parse_place_message(BytesView(bytes).first(size))) << size;
  }
  EXPECT_FALSE(parse_place_message(Bytes(place_message_bytes_max + 1, 1)));
  EXPECT_FALSE(parse_place_message(Bytes{99, 0, 0, 0, 0, 0}));
  Bytes more = encode(Proposal{ask, std::vector<Item>(Proposal::items_max)});
  more.resize(more.size() + Item::wire_bytes);
  EXPECT_FALSE(parse_place_message(more));
  EXPECT_FALSE(parse_place_message(Bytes{5, 0, 0, 0, 0, 0, 4}));
}

TEST(PlaceMessage, ReadsOnlyWhatIsThereOfArbitraryOctets) {
  SeededRandom random(3);
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes(random.below(300));
    for (auto& octet : bytes) octet = static_cast<std::uint8_t>(random.next());
    if (!bytes.empty()) bytes[0] = static_cast<std::uint8_t>(bytes[0] % 6 | (bytes[0] & 0x80));
    const auto read = parse_place_message(bytes);
    if (!read) continue;
    if (const auto* store = std::get_if<Store>(&*read)) {
      std::size_t sum = 0;
      for (const auto& each : store->records) sum += each.body.size() + each.signature.size();
      EXPECT_LE(sum, bytes.size());
    }
  }
}

}  // namespace
}  // namespace muster::overlay
