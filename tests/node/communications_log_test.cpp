// SPDX-License-Identifier: Apache-2.0
#include "node/communications_log.hpp"

namespace muster::node {
namespace {

using Kind = NodeEvent::Kind;
constexpr std::int64_t nine_thirty = 1'777'627'800'000;  // 2026-05-01T09:30:00Z

NumberedEvent call(std::uint64_t number, std::int64_t after_ms, Kind kind, const char* id,
                   int status = 0) {
  return {number,
          nine_thirty + after_ms,
          {.kind = kind,
           .from = "alice@drill.example",
           .to = "dave@drill.example",
           .status = status,
           .call_id = id}};
}

TEST(CommunicationsLog, CsvHasAHeadAndOneLineAnEvent) {
  EXPECT_EQ(log_as_csv({call(7, 250, Kind::call_ended, "c1", 486)}),
            "number,time,event,from,to,status,call_id,node,detail\r\n"
            "7,2026-05-01T09:30:00.250Z,call_ended,alice@drill.example,dave@drill.example,486,c1,,"
            "\r\n");
}

TEST(CommunicationsLog, CsvQuotesWhatNeedsIt) {
  NumberedEvent event{1, 0, {.kind = Kind::refused, .detail = "say \"no\", twice\r\n"}};
  EXPECT_THAT(log_as_csv({event}), testing::HasSubstr(",\"say \"\"no\"\", twice\r\n\"\r\n"));
}

TEST(CommunicationsLog, CsvTurnsNoTextOfAPhoneIntoAFormula) {
  NumberedEvent event{1, 0, {.kind = Kind::refused, .from = "=cmd|' /C calc'!A0"}};
  EXPECT_THAT(log_as_csv({event}), testing::HasSubstr(",'=cmd|"));
}

TEST(CommunicationsLog, Ics309HasOneLineACallWithItsLength) {
  const auto text =
      log_as_ics309({call(1, 0, Kind::call_offered, "c1"), call(2, 3000, Kind::call_answered, "c1"),
                     call(3, 68'000, Kind::call_ended, "c1")},
                    {"Flood drill", "host-1.drill.example", "Bob", nine_thirty,
                     nine_thirty + 3'600'000, nine_thirty});
  EXPECT_EQ(text,
            "COMMUNICATIONS LOG (ICS 309)\r\n"
            "1. Incident name,Flood drill\r\n"
            "2. Operational period (UTC),2026-05-01 09:30,2026-05-01 10:30\r\n"
            "3. Station,host-1.drill.example\r\n"
            "4. Operator,Bob\r\n"
            "5. Log\r\n"
            "Time (UTC),From,Msg #,To,Msg #,Message\r\n"
            "2026-05-01 09:30,alice@drill.example,1,dave@drill.example,,\"call, 1 min 5 s\"\r\n"
            "6. Prepared by,Bob\r\n"
            "7. Prepared at (UTC),2026-05-01 09:30\r\n");
}

TEST(CommunicationsLog, Ics309SaysWhatBecameOfCallsAndMessages) {
  const auto text = log_as_ics309(
      {call(1, 0, Kind::call_offered, "c1"), call(2, 0, Kind::call_ended, "c1", 480),
       call(3, 0, Kind::call_offered, "c2"), call(4, 0, Kind::call_ended, "c3"),
       call(5, 0, Kind::message_stored, "m1"), call(6, 0, Kind::message_delivered, "m1"),
       call(7, 0, Kind::message_expired, "m2"), call(8, 0, Kind::registered, "")},
      {});
  for (const char* subject :
       {"call, not answered (480)", "call, not ended in this period",
        "call, begun before this period", "message, kept until it can be delivered",
        "message, delivered", "message, expired undelivered"}) {
    EXPECT_THAT(text, testing::HasSubstr(subject));
  }
  EXPECT_THAT(text, testing::Not(testing::HasSubstr(",8,")));
}

}  // namespace
}  // namespace muster::node
