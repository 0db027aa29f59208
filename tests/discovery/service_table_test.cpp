// SPDX-License-Identifier: Apache-2.0
#include "discovery/service_table.hpp"

#include <gtest/gtest.h>

namespace muster::discovery {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{std::chrono::seconds{50}};
constexpr LinkId wifi{1};
constexpr LinkId elsewhere{2};
const std::string own_name = "00000000000000aa";
const std::string other_name = "00000000000000bb";
const std::string third_name = "00000000000000cc";

std::string tag(std::string_view instance) { return "tag-" + std::string{instance}; }

LocalNetwork network(const char* own, unsigned prefix_bits) {
  return {*IpAddress::parse(own), prefix_bits};
}

IpEndpoint endpoint(const char* address, std::uint16_t port = 7077) {
  return {*IpAddress::parse(address), port};
}

/// A table of a node with an IPv4 and a link-local IPv6 address on one link.
class Shown {
 public:
  explicit Shown(ServiceTable::Limits limits = {}) : table(tag, limits) {
    table.set_own(now, {{wifi, own_name, {network("10.77.0.1", 24), network("fe80::1", 64)}}});
  }
  void appears(const std::string& name, LinkId link = wifi) {
    table.appeared(now, {link, false, name});
    drain();
  }
  void goes(const std::string& name) {
    table.gone(now, {wifi, false, name});
    drain();
  }
  void answers(const std::string& name, const IpEndpoint& at) {
    table.resolved(now, {wifi, false, name}, {at, table.txt_of(name)});
    drain();
  }
  void answers(const std::string& name, std::vector<std::string> txt) {
    table.resolved(now, {wifi, false, name}, {endpoint("10.77.0.2"), std::move(txt)});
    drain();
  }
  void run_for(Duration span) {
    const TimePoint end = now + span;
    for (auto next = table.deadline(); next && *next <= end; next = table.deadline()) {
      now = *next;
      table.advance(now);
      drain();
    }
    now = end;
  }
  void drain() {
    while (auto output = table.poll()) {
      if (const auto* ask = std::get_if<ServiceTable::Resolve>(&*output)) {
        asked.push_back(ask->service.instance);
      } else if (const auto* there = std::get_if<ServiceTable::Found>(&*output)) {
        found.push_back(there->path.address.text());
      } else if (const auto* left = std::get_if<ServiceTable::Gone>(&*output)) {
        gone.push_back(left->path.address.text());
      } else {
        ++misplaced;
      }
    }
  }

  ServiceTable table;
  TimePoint now = start;
  std::vector<std::string> asked, found, gone;
  int misplaced = 0;
};

using Texts = std::vector<std::string>;

TEST(ServiceTable, AsksWhereAServiceIsAndTellsIt) {
  Shown shown;
  shown.appears(other_name);
  EXPECT_EQ(shown.asked, Texts{other_name});
  shown.answers(other_name, endpoint("10.77.0.2", 7078));
  EXPECT_EQ(shown.found, Texts{"10.77.0.2:7078"});
  shown.goes(other_name);
  EXPECT_EQ(shown.gone, Texts{"10.77.0.2:7078"});
}

TEST(ServiceTable, NamesALinkLocalNeighbourAsTheLinkDoes) {
  Shown shown;
  shown.appears(other_name);
  IpEndpoint at = endpoint("fe80::2");
  at.address.scope = 7;
  shown.table.resolved(shown.now, {wifi, false, other_name}, {at, shown.table.txt_of(other_name)});
  const auto output = shown.table.poll();
  ASSERT_TRUE(output);
  EXPECT_EQ(std::get<ServiceTable::Found>(*output).path,
            (LinkPath{wifi, LinkAddress::from_ip(endpoint("fe80::2"))}));
}

TEST(ServiceTable, AsksAgainAndTellsAgainWhileTheServiceIsShown) {
  Shown shown;
  shown.appears(other_name);
  shown.answers(other_name, endpoint("10.77.0.2"));
  shown.run_for(2min);
  EXPECT_EQ(shown.asked.size(), 2u);
  shown.answers(other_name, endpoint("10.77.0.2"));
  EXPECT_EQ(shown.found.size(), 2u);
  EXPECT_TRUE(shown.gone.empty());
  shown.goes(other_name);
  EXPECT_EQ(shown.table.deadline(), std::nullopt);
}

TEST(ServiceTable, FollowsAServiceThatMoves) {
  Shown shown;
  shown.appears(other_name);
  shown.answers(other_name, endpoint("10.77.0.2"));
  shown.answers(other_name, endpoint("10.77.0.3"));
  EXPECT_EQ(shown.found, (Texts{"10.77.0.2:7077", "10.77.0.3:7077"}));
  EXPECT_EQ(shown.gone, Texts{"10.77.0.2:7077"});
}

TEST(ServiceTable, KeepsAnAddressThatAnotherServiceShows) {
  Shown shown;
  for (const auto& name : {other_name, third_name}) {
    shown.appears(name);
    shown.answers(name, endpoint("10.77.0.2"));
  }
  shown.goes(other_name);
  EXPECT_TRUE(shown.gone.empty());
  shown.goes(third_name);
  EXPECT_EQ(shown.gone, Texts{"10.77.0.2:7077"});
}

TEST(ServiceTable, PassesOverServicesOfOtherOverlays) {
  Shown shown;
  shown.appears(other_name);
  shown.answers(other_name, Texts{"v=1", "o=tag-of-somebody-else"});
  shown.answers(other_name, Texts{"v=1", "o=" + tag(third_name)});
  shown.answers(other_name, Texts{"v=2", "o=" + tag(other_name)});
  shown.answers(other_name, Texts{});
  EXPECT_TRUE(shown.found.empty());
  EXPECT_EQ(shown.table.counters().foreign, 4u);
}

TEST(ServiceTable, PassesOverAddressesThatNoNeighbourHas) {
  Shown shown;
  shown.appears(other_name);
  for (const char* address :
       {"10.78.0.2", "8.8.8.8", "10.77.0.255", "10.77.0.1", "fe80::1", "ff02::1", "224.0.0.251",
        "127.0.0.1", "::1", "0.0.0.0", "2001:db8::1"}) {
    shown.answers(other_name, endpoint(address));
  }
  shown.answers(other_name, endpoint("10.77.0.2", 0));
  EXPECT_EQ(shown.found, Texts{});
  EXPECT_EQ(shown.table.counters().off_link, 12u);
}

TEST(ServiceTable, PassesOverServicesOnOtherInterfaces) {
  Shown shown;
  shown.appears(other_name, elsewhere);
  EXPECT_TRUE(shown.asked.empty());
  EXPECT_EQ(shown.table.counters().off_link, 1u);
}

TEST(ServiceTable, PassesOverNamesThatNoNodeMakes) {
  Shown shown;
  for (const std::string name : {"", "alice's laptop", "00000000000000BB", "00000000000000b",
                                 "00000000000000bbb", "00000000000000b\xff"}) {
    shown.appears(name);
  }
  EXPECT_TRUE(shown.asked.empty());
  EXPECT_EQ(shown.table.counters().malformed, 6u);
}

TEST(ServiceTable, RemembersNoMoreServicesThanItsLimit) {
  Shown shown({.services_max = 1});
  shown.appears(other_name);
  shown.appears(third_name);
  shown.appears(other_name);
  EXPECT_EQ(shown.asked, Texts{other_name});
  EXPECT_EQ(shown.table.counters().table_full, 1u);
}

TEST(ServiceTable, IsNoNeighbourOfItself) {
  Shown shown;
  shown.appears(own_name);
  shown.answers(own_name, endpoint("10.77.0.1"));
  shown.answers(own_name, endpoint("fe80::1"));
  EXPECT_TRUE(shown.found.empty());
  EXPECT_EQ(shown.misplaced, 0);
}

TEST(ServiceTable, TellsWhenItsOwnServiceIsShownAtAnAddressThatIsNotItsOwn) {
  Shown shown;
  shown.appears(own_name);
  shown.answers(own_name, endpoint("192.0.2.1"));
  EXPECT_EQ(shown.misplaced, 1);
}

TEST(ServiceTable, ForgetsWhatItSawUnderEarlierNames) {
  Shown shown;
  shown.appears(other_name);
  shown.answers(other_name, endpoint("10.77.0.2"));
  shown.table.set_own(shown.now, {});
  shown.drain();
  EXPECT_EQ(shown.gone, Texts{"10.77.0.2:7077"});
  shown.answers(other_name, endpoint("10.77.0.2"));
  EXPECT_EQ(shown.found.size(), 1u);
}

TEST(ServiceTable, IgnoresAnswersNobodyAskedFor) {
  Shown shown;
  shown.answers(other_name, endpoint("10.77.0.2"));
  shown.goes(other_name);
  EXPECT_TRUE(shown.found.empty());
  EXPECT_TRUE(shown.gone.empty());
}

}  // namespace
}  // namespace muster::discovery
