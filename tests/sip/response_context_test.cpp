// SPDX-License-Identifier: Apache-2.0
#include "sip/response_context.hpp"

#include <gtest/gtest.h>

#include "tests/support/drain.hpp"

namespace muster::sip {
namespace {

using namespace std::chrono_literals;
using test::drain;
using Kind = ResponseContext::Kind;
const TimePoint start{1000s};

Message response(unsigned status) { return Message::response(status, "words"); }

/// "180" or "408 made here" for what goes to the caller, "cancel 2", "abandon 2" for branches.
std::vector<std::string> said(ResponseContext& context) {
  std::vector<std::string> texts;
  for (const auto& output : drain(context)) {
    if (const auto* forward = std::get_if<ResponseContext::Forward>(&output)) {
      texts.push_back(std::to_string(forward->status) + (forward->response ? "" : " made here"));
    } else if (const auto* cancel = std::get_if<ResponseContext::Cancel>(&output)) {
      texts.push_back("cancel " + std::to_string(cancel->branch));
    } else {
      texts.push_back("abandon " +
                      std::to_string(std::get<ResponseContext::Abandon>(output).branch));
    }
  }
  return texts;
}
using Said = std::vector<std::string>;

class ForkedInvite : public ::testing::Test {
 protected:
  ForkedInvite() {
    for (ClientNumber branch : {1, 2, 3}) context.add_branch(start, branch);
  }
  ResponseContext context{Kind::invite};
};

TEST_F(ForkedInvite, PassesOnRingingButNot100) {
  context.receive(start, 1, response(100));
  context.receive(start, 2, response(180));
  EXPECT_EQ(said(context), Said{"180"});
}

TEST_F(ForkedInvite, PassesOnASuccessAtOnceAndCancelsTheOthersOnceTheyHaveRung) {
  context.receive(start, 2, response(180));
  said(context);
  context.receive(start, 1, response(200));
  EXPECT_EQ(said(context), (Said{"200", "cancel 2"}));
  context.receive(start, 3, response(100));
  EXPECT_EQ(said(context), Said{"cancel 3"});
}

TEST_F(ForkedInvite, PassesOnEverySuccess) {
  context.receive(start, 1, response(200));
  context.receive(start, 1, response(200));
  context.receive(start, 2, response(200));
  EXPECT_EQ(said(context), (Said{"200", "200", "200"}));
}

TEST_F(ForkedInvite, WaitsForAllBranchesAndPrefersTheLowestClass) {
  context.receive(start, 1, response(503));
  context.receive(start, 2, response(486));
  EXPECT_EQ(said(context), Said{});
  context.receive(start, 3, response(302));
  EXPECT_EQ(said(context), Said{"302"});
}

TEST_F(ForkedInvite, PrefersWhatAPhoneSaidToItsOwnTimeout) {
  context.fail(start, 1, 408);
  context.receive(start, 2, response(486));
  context.fail(start, 3, 408);
  EXPECT_EQ(said(context), Said{"486"});
}

TEST_F(ForkedInvite, PrefersAChallengeAmongTheFourHundreds) {
  context.receive(start, 1, response(404));
  context.receive(start, 2, response(401));
  context.receive(start, 3, response(415));
  EXPECT_EQ(said(context), Said{"401"});
}

TEST_F(ForkedInvite, CancelsAllOnAGlobalRefusalAndPassesItOnAtTheEnd) {
  context.receive(start, 1, response(180));
  context.receive(start, 2, response(180));
  said(context);
  context.receive(start, 3, response(603));
  EXPECT_EQ(said(context), (Said{"cancel 1", "cancel 2"}));
  context.receive(start, 1, response(487));
  context.receive(start, 2, response(487));
  EXPECT_EQ(said(context), Said{"603"});
}

TEST_F(ForkedInvite, EndsWith487WhenTheCallerCancels) {
  for (ClientNumber branch : {1, 2, 3}) context.receive(start, branch, response(180));
  said(context);
  context.cancel(start);
  EXPECT_EQ(said(context), (Said{"cancel 1", "cancel 2", "cancel 3"}));
  for (ClientNumber branch : {1, 2, 3}) context.receive(start, branch, response(487));
  EXPECT_EQ(said(context), Said{"487"});
}

TEST_F(ForkedInvite, GivesUpOnACancelledBranchThatNeverAnswers) {
  context.cancel(start);
  EXPECT_EQ(context.deadline(), start + 32s);
  context.advance(start + 32s);
  EXPECT_EQ(said(context), (Said{"abandon 1", "abandon 2", "abandon 3", "487 made here"}));
  EXPECT_TRUE(context.finished());
}

TEST_F(ForkedInvite, EndsByTimerCWhenAPhoneRingsForEver) {
  context.fail(start, 2, 408);
  context.fail(start, 3, 408);
  context.receive(start + 10s, 1, response(180));
  said(context);
  context.advance(start + 181s);
  EXPECT_EQ(said(context), Said{});
  context.advance(start + 191s);
  EXPECT_EQ(said(context), Said{"cancel 1"});
}

TEST(ResponseContext, PassesOnTheFirstSuccessOfAnotherMethodOnly) {
  ResponseContext context(Kind::other);
  context.add_branch(start, 1);
  context.add_branch(start, 2);
  context.receive(start, 1, response(200));
  context.receive(start, 2, response(404));
  EXPECT_EQ(said(context), Said{"200"});
  EXPECT_TRUE(context.finished());
}

}  // namespace
}  // namespace muster::sip
