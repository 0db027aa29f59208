// SPDX-License-Identifier: Apache-2.0
// Movements for ns-2 as its setdest and many others write them: Tcl lines of three kinds,
//   $node_(0) set X_ 83.3
//   $ns_ at 2.0 "$node_(0) setdest 90.4 44.8 1.37"
//   $ns_ at 2.0 "$node_(0) set X_ 5.0"
// Lines about $god_ (who is how far from whom) and variables of their own move nobody.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "sim/trace_lines.hpp"
#include "sim/trace_reader.hpp"

namespace muster::sim {
namespace {

struct Order {
  Duration at{};
  HostIndex host = 0;
  std::optional<double> x;  ///< given alone: a jump
  std::optional<double> y;
  double speed_mps = 0;
  bool walk = false;
};

/// What a host does, order by order.
class Walker {
 public:
  void obey(const Order& order) {
    const auto here = at(order.at);
    stop(order.at, here);
    const Position to{order.x.value_or(here.x_m), order.y.value_or(here.y_m)};
    if (!order.walk) {
      way_.stretches.push_back({order.at, order.at, here, to});
      place_ = to;
      return;
    }
    if (order.speed_mps <= 0) return;
    const double dx = to.x_m - here.x_m;
    const double dy = to.y_m - here.y_m;
    const double seconds = std::min(std::sqrt(dx * dx + dy * dy) / order.speed_mps, 1e9);
    const auto arrive = order.at + Duration{static_cast<std::int64_t>(seconds * 1e9)};
    way_.stretches.push_back({order.at, arrive, here, to});
    place_ = to;
  }
  void begin_at(std::optional<double> x, std::optional<double> y) {
    place_ = {x.value_or(place_.x_m), y.value_or(place_.y_m)};
    way_.start = place_;
  }
  [[nodiscard]] MotionTrace::Way way() const { return way_; }

 private:
  [[nodiscard]] Position at(Duration now) const {
    if (way_.stretches.empty() || way_.stretches.back().arrive <= now) return place_;
    const auto& last = way_.stretches.back();
    const double part = static_cast<double>((now - last.depart).count()) /
                        static_cast<double>((last.arrive - last.depart).count());
    return {last.from.x_m + (last.to.x_m - last.from.x_m) * part,
            last.from.y_m + (last.to.y_m - last.from.y_m) * part};
  }
  /// A new order takes effect on the way.
  void stop(Duration now, Position here) {
    place_ = here;
    if (way_.stretches.empty() || way_.stretches.back().arrive <= now) return;
    way_.stretches.back().arrive = now;
    way_.stretches.back().to = here;
  }

  MotionTrace::Way way_;
  Position place_;
};

class Ns2Reader {
 public:
  Ns2Reader(std::string_view text, std::string_view file) : file_(file), lines_(text, file) {}

  Result<MotionTrace> read() {
    while (auto words = lines_.next()) line(*words);
    if (lines_.fault()) return tl::make_unexpected(*lines_.fault());
    return played();
  }

 private:
  void line(std::vector<std::string_view>& words) {
    if (words[0] == "set" || words[0] == "$god_") return;
    if (is_node(words[0]) && words.size() == 4 && words[1] == "set") {
      put(starts_, 0, words, {});
    } else if (words[0] == "$ns_" && words.size() > 4 && words[1] == "at" && unquote(words)) {
      if (words[3] == "$god_") return;
      later(words);
    } else {
      strange();
    }
  }

  void later(const std::vector<std::string_view>& words) {
    const auto at = lines_.time(words[2]);
    if (!is_node(words[3])) return strange();
    if (words.size() == 8 && words[4] == "setdest") {
      orders_.push_back({at, node(words[3]), lines_.metres(words[5]), lines_.metres(words[6]),
                         lines_.number(words[7]), true});
    } else if (words.size() == 7 && words[4] == "set") {
      put(orders_, 3, words, at);
    } else {
      strange();
    }
  }

  /// "$node_(0) set X_ 5.0", from word `first` on.
  void put(std::vector<Order>& orders, std::size_t first,
           const std::vector<std::string_view>& words, Duration at) {
    Order order;
    order.at = at;
    order.host = node(words[first]);
    const auto axis = words[first + 2];
    const auto value = lines_.metres(words[first + 3]);
    if (axis == "X_") {
      order.x = value;
    } else if (axis == "Y_") {
      order.y = value;
    } else if (axis != "Z_") {
      return strange();
    }
    orders.push_back(order);
  }

  Result<MotionTrace> played() {
    std::map<HostIndex, Walker> walkers;
    for (const auto& order : starts_) walkers[order.host].begin_at(order.x, order.y);
    std::stable_sort(orders_.begin(), orders_.end(),
                     [](const auto& a, const auto& b) { return a.at < b.at; });
    for (const auto& order : orders_) walkers[order.host].obey(order);
    MotionTrace trace;
    for (const auto& [host, walker] : walkers) {
      if (host != trace.ways.size()) {
        return fail(fmt::format("{}: node {} has no place; number the nodes from 0 without gaps",
                                file_, trace.ways.size()));
      }
      trace.ways.push_back(walker.way());
    }
    return trace;
  }

  /// Takes the quotes off the words of a command; false if they do not stand around it.
  static bool unquote(std::vector<std::string_view>& words) {
    if (words[3].front() != '"' || words.back().back() != '"' || words[3].size() < 2) return false;
    words[3].remove_prefix(1);
    words.back().remove_suffix(1);
    if (words.back().empty()) words.pop_back();
    return true;
  }

  static bool is_node(std::string_view word) {
    return word.substr(0, 7) == "$node_(" && word.back() == ')';
  }
  HostIndex node(std::string_view word) { return lines_.host(word.substr(7, word.size() - 8)); }

  void strange() {
    lines_.fail("neither a place nor a setdest of a node", "take a whole copy, of movements alone");
  }

  std::string file_;
  TraceLines lines_;
  std::vector<Order> starts_;
  std::vector<Order> orders_;
};

}  // namespace

Result<MotionTrace> read_ns2_movements(std::string_view text, std::string_view file) {
  return Ns2Reader(text, file).read();
}

}  // namespace muster::sim
