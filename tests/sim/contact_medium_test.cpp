// SPDX-License-Identifier: Apache-2.0
#include "sim/contact_medium.hpp"

#include <gtest/gtest.h>

#include "sim/make_medium.hpp"
#include "sim/scenario_reader.hpp"
#include "sim/trace_reader.hpp"

namespace muster::sim {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{1h};

std::unique_ptr<Medium> three_who_meet() {
  auto scenario = read_scenario(
      "[scenario]\nname = \"t\"\nduration = \"60s\"\n[medium]\ndelay = \"1ms\"\n[hosts]\ncount = "
      "3\nmobility = { trace = \"t\" }\n",
      "s.toml");
  EXPECT_TRUE(scenario) << scenario.error().sentence;
  EXPECT_TRUE(apply_trace(
      *scenario, read_trace("5 CONN 0 1 up\n8 CONN 1 2 up\n9 CONN 0 1 down\n", "t").value()));
  return std::move(make_medium(*scenario, start, 1)->medium);
}

std::size_t heard_of(Medium& medium, TimePoint now, HostIndex from) {
  medium.transmit(now, from, std::nullopt, Bytes(10));
  medium.advance(now + 500ms);
  std::size_t heard = 0;
  while (medium.poll()) ++heard;
  return heard;
}

TEST(ContactMedium, LetsHostsHearEachOtherWhileTheyMeet) {
  const auto medium = three_who_meet();
  EXPECT_EQ(heard_of(*medium, start + 1s, 1), 0u);
  EXPECT_EQ(heard_of(*medium, start + 6s, 1), 1u);
  EXPECT_EQ(heard_of(*medium, start + 8s, 1), 2u);
  EXPECT_EQ(heard_of(*medium, start + 10s, 0), 0u);
}

TEST(ContactMedium, SaysWhoBelongsTogetherNow) {
  const auto medium = three_who_meet();
  const std::vector<bool> all(3, true);
  EXPECT_EQ(medium->components(all), (std::vector<unsigned>{1, 2, 3}));
  medium->advance(start + 8s);
  EXPECT_EQ(medium->components(all), (std::vector<unsigned>{1, 1, 1}));
}

}  // namespace
}  // namespace muster::sim
