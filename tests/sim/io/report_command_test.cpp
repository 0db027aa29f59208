// SPDX-License-Identifier: Apache-2.0
#include "sim/io/report_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/io/failure_signs.hpp"

namespace muster::sim {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(PageOf, KeepsDataFromBecomingMarkup) {
  const auto page = page_of({{{"scenario", "</script><b>"}}}, 0, nullptr);
  EXPECT_THAT(page, HasSubstr(R"(\u003c/script>\u003cb>)"));
  EXPECT_THAT(page, Not(HasSubstr("</script><b>")));
  EXPECT_THAT(page, Not(HasSubstr("@MUSTER_DATA@")));
}

TEST(PageOf, NamesNoOtherPlaceToLoadFrom) {
  const auto page = page_of({{{"scenario", "t"}}}, 0, nullptr);
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, Not(HasSubstr("src=")));
  EXPECT_THAT(page, Not(HasSubstr("https://")));
}

Scenario with_expectations() {
  Scenario scenario;
  scenario.hosts.emplace_back().name = "host-1";
  scenario.hosts.front().users = {"alice"};
  scenario.expectations = {{"calls.success_ratio", Comparison::at_least, 0.9},
                           {"messages.lost", Comparison::equals, 0}};
  return scenario;
}

TEST(FailureSigns, AreTheMetricsThatDidNotHold) {
  const auto scenario = with_expectations();
  EXPECT_EQ(
      failure_signs(scenario, {{"calls", {{"success_ratio", 0.5}}}, {"messages", {{"lost", 0}}}}),
      std::set<std::string>{"expect calls.success_ratio"});
  EXPECT_EQ(failure_signs(scenario,
                          {{"calls", {{"success_ratio", nullptr}}}, {"messages", {{"lost", 0}}}}),
            std::set<std::string>{"unmeasured calls.success_ratio"});
}

TEST(FailureSigns, TellViolationsApartByKindNotByNamesAndNumbers) {
  const auto scenario = with_expectations();
  const auto of = [&](const std::string& sentence) {
    return failure_signs(scenario, {{"calls", {{"success_ratio", 1}}},
                                    {"messages", {{"lost", 0}}},
                                    {"invariants", {{"violations", json::array({sentence})}}}});
  };
  EXPECT_EQ(of("12.5 s: host-1 has lost a message of alice"),
            of("7.125 s: host-1 has lost a message of alice"));
  EXPECT_EQ(of("12.5 s: host-1 has lost a message of alice"), of("1 s: has lost a message of"));
  EXPECT_EQ(of("1 s: lost \"in position\""), of("2 s: lost \"wait for us\""));
  EXPECT_NE(of("1 s: host-1 has lost a message"), of("1 s: host-1 has lost a record"));
}

TEST(FailureSigns, OfARunThatDiedIsThat) {
  EXPECT_EQ(failure_signs(with_expectations(), {{"verdict", "crashed"}}),
            std::set<std::string>{"crashed"});
}

}  // namespace
}  // namespace muster::sim
