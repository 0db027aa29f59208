// SPDX-License-Identifier: Apache-2.0
#include "sim/event_text.hpp"

#include <fmt/format.h>

namespace muster::sim {
namespace {

class Words {
 public:
  explicit Words(const Scenario& scenario) : scenario_(scenario) {}

  std::string operator()(const PartitionEvent& event) const {
    if (event.by_clusters) return "partition between the clusters";
    std::vector<std::string> groups;
    std::size_t named = 0;
    for (const auto& group : event.groups) {
      groups.push_back(names(group));
      named += group.size();
    }
    if (named < scenario_.hosts.size()) groups.emplace_back("the others");
    return fmt::format("partition: {}", fmt::join(groups, " | "));
  }
  std::string operator()(const HealEvent&) const { return "heal"; }
  std::string operator()(const KillEvent& event) const {
    return event.fraction ? fmt::format("kill {:g} % of the hosts", *event.fraction * 100)
                          : "kill " + names(event.hosts);
  }
  std::string operator()(const RestartEvent& event) const {
    return event.hosts.empty() ? "restart what was killed" : "restart " + names(event.hosts);
  }
  std::string operator()(const MoveEvent& event) const {
    return fmt::format("move {} to {:g}, {:g}", names(event.hosts), event.to.x_m, event.to.y_m);
  }
  std::string operator()(const LossEvent& event) const {
    const auto where = event.between ? names({event.between->first, event.between->second})
                                     : std::string("everywhere");
    return fmt::format("loss of {:.3g} %, {}", event.rate * 100, where);
  }
  std::string operator()(const ClockEvent& event) const {
    const auto hours = std::chrono::duration<double, std::ratio<3600>>(event.offset).count();
    return fmt::format("clock of {} off by {:.3g} h", names(event.hosts), hours);
  }
  std::string operator()(const RevokeEvent& event) const {
    return "revoke " + (event.host ? names({*event.host}) : event.user);
  }
  std::string operator()(const DiskEvent& event) const {
    return fmt::format("disk of {} {}", names(event.hosts),
                       event.full ? "is full" : "has room again");
  }
  std::string operator()(const RegisterEvent& event) const {
    return event.host ? fmt::format("{} registers at {}", event.user, names({*event.host}))
                      : event.user + " registers anew";
  }
  std::string operator()(const MessageEvent& event) const {
    return fmt::format("{} writes to {}", event.from, event.to);
  }
  std::string operator()(const CallEvent& event) const {
    return fmt::format("{} calls {}", event.from, event.to);
  }

 private:
  [[nodiscard]] std::string names(const std::vector<HostIndex>& hosts) const {
    std::vector<std::string> all;
    for (const auto host : hosts) all.push_back(scenario_.hosts.at(host).name);
    return fmt::format("{}", fmt::join(all, " "));
  }

  const Scenario& scenario_;
};

}  // namespace

std::string event_text(const Scenario& scenario, const EventAction& action) {
  return std::visit(Words(scenario), action);
}

}  // namespace muster::sim
