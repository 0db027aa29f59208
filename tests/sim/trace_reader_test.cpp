// SPDX-License-Identifier: Apache-2.0
#include "sim/trace_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "sim/make_geometric_medium.hpp"
#include "sim/scenario_reader.hpp"
#include "sim/trace_path.hpp"
#include "tests/support/test_data.hpp"

namespace muster::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr TimePoint start{1h};

const std::string ns2 =
    "# nodes: 2\n"
    "set god_ [God instance]\n"
    "$node_(0) set X_ 10.0\n$node_(0) set Y_ 20.0\n$node_(0) set Z_ 0.0\n"
    "$node_(1) set X_ 0\n$node_(1) set Y_ 0\n"
    "$god_ set-dist 0 1 1\n"
    "$ns_ at 5.0 \"$node_(0) setdest 110.0 20.0 10.0\"\n"
    "$ns_ at 10.0 \"$node_(0) setdest 60.0 120.0 10.0\"\n"
    "$ns_ at 11.0 \"$god_ set-dist 0 1 2\"\n"
    "$ns_ at 20.0 \"$node_(1) set X_ 7.0\"\n";
const std::string bonnmotion = "0.0 1 2 10.0 11 2 30.0 11 2\n0 5 5\n";
const std::string emane =
    "-Inf nem:1 location gps 50.000000,8.000000,100.0\n"
    "0.0 nem:2 location gps 50.001000,8.000000,100.0\n"
    "0.0 nem:1 velocity 0.0,0.0,0.0\n"
    "10.0 nem:2 location gps 50.000000,8.001000,100.0\n";
const std::string losses =
    "0.0 nem:1 pathloss nem:2,80 nem:3,200\n5.0 nem:1 pathloss nem:2,200,80\n";
const std::string contacts = "0\tCONN\t0\t2\tup\n7.5\tCONN\t0\t2\tdown\n8 CONN 1 2 up\n";
const std::string meshnet =
    "{\"links\": [{\"source\": 0, \"target\": 2, \"source_tq\": 0.75, \"target_tq\": 1.0},\n"
    " {\"source\": 1, \"target\": 2, \"source_tq\": 0, \"target_tq\": 0.5}],\n"
    " \"nodes\": [{\"id\": 2}, {\"id\": 1}, {\"id\": 0}]}\n";

std::string fault(const std::string& text) {
  const auto trace = read_trace(text, "t");
  return trace ? "no fault" : trace.error().sentence;
}

MotionTrace motion(const std::string& text) {
  return std::get<MotionTrace>(read_trace(text, "t").value());
}

Position place(const MotionTrace& trace, HostIndex host, Duration at) {
  TracePath path(std::make_shared<const MotionTrace>(trace), host, start);
  auto leg = path.first(start);
  while (leg.arrive <= start + at) leg = path.next(leg.arrive, leg.to);
  return leg.at(start + at);
}

TEST(TraceReader, PlaysTheOrdersOfNs2) {
  const auto trace = motion(ns2);
  ASSERT_EQ(trace.ways.size(), 2u);
  EXPECT_NEAR(place(trace, 0, 4s).x_m, 10, 1e-6);
  EXPECT_NEAR(place(trace, 0, 7s).x_m, 30, 1e-6);
  EXPECT_NEAR(place(trace, 0, 10s).x_m, 60, 1e-6);  // then it turns
  EXPECT_NEAR(place(trace, 0, 20s).y_m, 120, 1e-6);
  EXPECT_NEAR(place(trace, 1, 21s).x_m, 7, 1e-6);
  EXPECT_NEAR(trace.fastest_mps(), 10, 1e-6);
}

TEST(TraceReader, PlaysTheWaypointsOfBonnmotion) {
  const auto trace = motion(bonnmotion);
  EXPECT_NEAR(place(trace, 0, 5s).x_m, 6, 1e-6);
  EXPECT_NEAR(place(trace, 0, 100s).x_m, 11, 1e-6);
  EXPECT_NEAR(place(trace, 1, 100s).y_m, 5, 1e-6);
}

TEST(TraceReader, PutsTheDegreesOfEmaneOnAPlane) {
  const auto trace = motion(emane);
  EXPECT_NEAR(place(trace, 1, 5s).y_m, 111.2, 0.1);  // a thousandth of a degree
  EXPECT_NEAR(place(trace, 1, 15s).x_m, 71.5, 0.1);  // cos(50 degrees) of it
}

TEST(TraceReader, LetsPathLossesOfEmaneDecideWhoHears) {
  auto scenario = read_scenario(
      "[scenario]\nname = \"t\"\nduration = \"60s\"\n[medium]\nkind = "
      "\"geometric\"\n[hosts]\ncount = "
      "3\nmobility = { trace = \"t\" }\n",
      "s.toml");
  ASSERT_TRUE(scenario) << scenario.error().sentence;
  ASSERT_TRUE(apply_trace(*scenario, motion(losses)));
  const auto medium = make_geometric_medium(*scenario, start, 1);
  EXPECT_EQ(medium->level(0, 1), 3500);  // 20 dBm - 80 dB over -95 dBm
  EXPECT_EQ(medium->components({true, true, true}), (std::vector<unsigned>{1, 1, 2}));
  medium->advance(start + 5s);
  EXPECT_EQ(medium->components({true, true, true}), (std::vector<unsigned>{1, 2, 3}));
  EXPECT_GT(medium->level(1, 0), medium->level(0, 1));
}

TEST(TraceReader, ReadsWhoMeetsWhomWhen) {
  const auto trace = std::get<ContactTrace>(read_trace(contacts, "t").value());
  ASSERT_EQ(trace.contacts.size(), 3u);
  EXPECT_EQ(trace.contacts[1].at, 7500ms);
  EXPECT_EQ(trace.contacts[1].b, 2u);
  EXPECT_FALSE(trace.contacts[1].up);
}

TEST(TraceReader, TakesLinkQualityEachWayFromMeshnetLab) {
  const auto trace = std::get<LinkTrace>(read_trace(meshnet, "t").value());
  EXPECT_EQ(trace.hosts, 3u);
  ASSERT_EQ(trace.links.size(), 3u);  // what never comes through is no link
  EXPECT_EQ(trace.links[0].a, 0u);    // node 2 is the first of the list
  EXPECT_DOUBLE_EQ(trace.links[1].loss->rate, 0);
  EXPECT_DOUBLE_EQ(trace.links[2].loss->rate, 0.25);
}

class TraceCutShort : public ::testing::TestWithParam<std::string> {};

TEST_P(TraceCutShort, IsReportedInOneLine) {
  const auto& whole = GetParam();
  EXPECT_EQ(fault(whole), "no fault");
  for (std::size_t bytes = 0; bytes + 1 < whole.size(); ++bytes) {
    const auto line = fault(whole.substr(0, bytes));
    if (bytes > 0 && whole[bytes - 1] == '\n') continue;  // who could tell?
    EXPECT_THAT(line, StartsWith("t:")) << bytes;
    EXPECT_EQ(line.find('\n'), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, TraceCutShort,
                         ::testing::Values(ns2, bonnmotion, emane, losses, contacts, meshnet));

TEST(TraceReader, NamesFileLineReasonAndRemedy) {
  EXPECT_EQ(fault("0 CONN 0 1 up\n1 CONN 0\n"),
            "t:2: an event is TIME CONN HOST HOST up or down; take a whole copy, with nothing but "
            "connections");
  EXPECT_THAT(fault("0 1 2 3\n"), StartsWith("t:1: a waypoint"));
  EXPECT_THAT(fault("0 nem:1 location gps 91,0,0\n"), HasSubstr("no such latitude"));
  EXPECT_THAT(fault("0 nem:1 jamming x y\n"), HasSubstr("no \"jamming\" is known here"));
  EXPECT_THAT(fault("5 CONN 0 1 up\n4 CONN 0 1 down\n"), StartsWith("t:2: it is before"));
  EXPECT_THAT(fault("$node_(1) set X_ 1\n"), HasSubstr("node 0 has no place"));
  EXPECT_THAT(fault("{\"links\": [{\"source\": 1}]}"), StartsWith("t: links[0]: "));
  EXPECT_THAT(fault("hello world\n"), StartsWith("t:1: this is no trace"));
  EXPECT_THAT(fault(""), StartsWith("t: it is empty"));
}

TEST(TraceReader, RefusesNumbersTooLargeForAnything) {
  EXPECT_THAT(fault("{\"links\": [7e9999]}"), StartsWith("t: it has a number"));
  EXPECT_THAT(fault("0 CONN 0 1e999 up\n"), StartsWith("t:1: "));
  EXPECT_THAT(fault("0 1e9 0\n"), HasSubstr("farther than the Earth"));
}

Scenario matrix_of(unsigned hosts) {
  Scenario scenario;
  scenario.hosts.resize(hosts);
  scenario.layout.trace_file = "t";
  return scenario;
}

TEST(ApplyTrace, WantsAsManyHostsAsTheTraceHas) {
  auto scenario = matrix_of(2);
  const auto applied = apply_trace(scenario, read_trace(meshnet, "t").value());
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().sentence,
            "t: it is about 3 hosts, and the scenario has 2; write hosts.count = 3");
}

TEST(ApplyTrace, WantsAMediumThatFits) {
  auto scenario = matrix_of(2);
  EXPECT_FALSE(apply_trace(scenario, read_trace(bonnmotion, "t").value()));
  scenario.medium.kind = MediumKind::geometric;
  EXPECT_TRUE(apply_trace(scenario, read_trace(bonnmotion, "t").value()));
  scenario.hosts.resize(3);
  EXPECT_FALSE(apply_trace(scenario, read_trace(contacts, "t").value()));
}

TEST(TraceReader, ReadsPublishedTraces) {
  const auto mesh = test::test_data("freifunk/berlin.json");
  const auto people = test::test_data("contacts/haggle-intel.tsv");
  if (!mesh || !people) GTEST_SKIP() << "no published traces in " << test::test_data_folder();
  const auto berlin = read_trace(*mesh, "berlin.json");
  ASSERT_TRUE(berlin) << berlin.error().sentence;
  EXPECT_GT(std::get<LinkTrace>(*berlin).links.size(), 1500u);
  const auto haggle = read_trace(*people, "haggle-intel.tsv");
  ASSERT_TRUE(haggle) << haggle.error().sentence;
  EXPECT_EQ(std::get<ContactTrace>(*haggle).contacts.size(), 2728u);
}

}  // namespace
}  // namespace muster::sim
