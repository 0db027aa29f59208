// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "core/ports/memory_message_store.hpp"
#include "core/ports/memory_record_store.hpp"
#include "core/ports/memory_state_store.hpp"
#include "node/field_node.hpp"
#include "tests/support/seeded_test_random.hpp"
#include "tests/support/test_overlay.hpp"

namespace muster::test {

/// Whole nodes joined by a lossy medium in virtual time: which node hears which is a matrix, every
/// frame may be lost, everything comes from one seed. Node i is numbered from 0 and is
/// "host-(i+1)". The kits may know more nodes than there are.
class FieldNetwork {
 public:
  struct Medium {
    double loss = 0.2;
    Duration delay = std::chrono::milliseconds{3};
  };
  /// Everything a node has on stable storage.
  struct Disk {
    ports::MemoryStateStore state;
    ports::MemoryRecordStore records;
    ports::MemoryMessageStore messages;
    ports::MemorySeenStore seen;
  };
  using PhoneHandler = std::function<void(const node::FieldNode::SendPhone&)>;
  using MediaHandler = std::function<void(const node::FieldNode::SendMedia&)>;

  /// Changes what node i is configured to be, at each of its starts.
  using Configure = std::function<void(std::size_t i, node::Settings& settings)>;

  FieldNetwork(std::size_t nodes, std::uint64_t seed, Medium medium, Configure configure = {},
               const TestOverlay::MoreHomes& more_homes = {}, std::size_t provisioned = 0)
      : overlay(std::max(nodes, provisioned), seed, more_homes),
        medium_(medium),
        configure_(std::move(configure)),
        random_(seed ^ 0xf1e1d),
        hosts_(nodes) {
    for (std::size_t i = 0; i < nodes; ++i) start(i);
  }

  /// Each node hears the next and the one before.
  void chain() {
    for (std::size_t i = 0; i + 1 < hosts_.size(); ++i) join(i, i + 1);
  }
  void join(std::size_t a, std::size_t b) { heard_.insert({std::min(a, b), std::max(a, b)}); }
  void part(std::size_t a, std::size_t b) { heard_.erase({std::min(a, b), std::max(a, b)}); }

  void start(std::size_t i) {
    Host& host = hosts_[i];
    host.random = std::make_unique<SeededTestRandom>(random_.next());
    host.sockets = std::make_unique<PortCounter>();
    node::Settings settings;
    settings.sip_listen = node_address(i);
    settings.links = {{"radio0", 7077, 1400}};
    place_if_told(settings);
    if (configure_) configure_(i, settings);
    host.node =
        node::FieldNode::open(now_, overlay.kits[i], settings,
                              {*host.random, host.disk.state, host.disk.records, host.disk.messages,
                               host.disk.seen, *host.sockets, nullptr, wall_clock})
            .value();
    host.node->link_up(now_, LinkId{0}, 1352);
    drain(i);
  }
  /// As kill -9: what was not in a store is gone.
  void kill(std::size_t i) { hosts_[i].node.reset(); }
  [[nodiscard]] const Disk& disk(std::size_t i) const { return hosts_[i].disk; }
  /// Of a node that does not run.
  void restore(std::size_t i, Disk disk) { hosts_[i].disk = std::move(disk); }
  [[nodiscard]] bool running(std::size_t i) const { return hosts_[i].node != nullptr; }

  /// A datagram that the node of host `from` never sent.
  void forge(std::size_t from, std::size_t to, BytesView datagram) {
    hosts_[to].node->receive_link(now_, {LinkId{0}, LinkAddress::from_ip(node_address(from))},
                                  datagram);
    drain(to);
  }

  void run_for(Duration duration) {
    const TimePoint end = now_ + duration;
    while (const auto next = next_event(end)) {
      now_ = std::max(now_, *next);
      step();
    }
    now_ = end;
  }
  /// True as soon as `condition` holds; false if it does not within `patience`.
  bool run_until(const std::function<bool()>& condition, Duration patience) {
    const TimePoint end = now_ + patience;
    while (!condition()) {
      const auto next = next_event(end);
      if (!next) return false;
      now_ = std::max(now_, *next);
      step();
    }
    return true;
  }

  /// Node i learns that somebody may be where node j is.
  void candidate(std::size_t i, std::size_t j) {
    hosts_[i].node->candidate(now_, {LinkId{0}, LinkAddress::from_ip(node_address(j))});
    drain(i);
  }
  void from_phone(std::size_t i, const sip::PhoneAddress& phone, BytesView message) {
    if (!hosts_[i].node) return;
    hosts_[i].node->receive_phone(now_, phone, message);
    drain(i);
  }
  void media_from_phone(std::size_t i, std::uint16_t port, const IpEndpoint& phone,
                        BytesView packet) {
    if (!hosts_[i].node) return;
    hosts_[i].node->receive_media(now_, port, phone, packet);
    drain(i);
  }
  /// What node i sends to this phone.
  void on_phone(std::size_t i, PhoneHandler handler) { hosts_[i].to_phone = std::move(handler); }
  void on_media(std::size_t i, MediaHandler handler) { hosts_[i].to_media = std::move(handler); }
  void after(Duration delay, std::function<void()> action) { at(now_ + delay, std::move(action)); }

  template <typename Kind>
  [[nodiscard]] Kind ask(std::size_t i, node::Question question) const {
    return std::get<Kind>(hosts_[i].node->report(now_, question));
  }
  [[nodiscard]] node::StatusReport status(std::size_t i) const {
    return ask<node::StatusReport>(i, node::Question::status);
  }
  /// Every running node reaches every other, and all hold the same directory.
  [[nodiscard]] bool converged() const {
    std::set<std::string> digests;
    std::size_t alive = 0;
    for (const auto& host : hosts_) alive += host.node != nullptr;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      if (!running(i)) continue;
      const auto report = status(i);
      if (report.routes < alive - 1) return false;
      digests.insert(report.directory_digest);
    }
    return digests.size() == 1;
  }

  [[nodiscard]] TimePoint now() const { return now_; }
  [[nodiscard]] static IpEndpoint node_address(std::size_t i) {
    return {{false, {10, 0, 0, static_cast<std::uint8_t>(i + 1)}, 0}, 5060};
  }
  [[nodiscard]] node::HealthReport check_health(std::size_t i) {
    const auto health = hosts_[i].node->check_health(now_);
    drain(i);
    return health;
  }
  /// Follows the trace to its end; `target` as for `muster trace`.
  [[nodiscard]] node::TraceReport trace(std::size_t i, const std::string& target) {
    auto report = hosts_[i].node->trace(now_, target, 0);
    drain(i);
    while (!report.done) {
      run_for(std::chrono::milliseconds{100});
      report = hosts_[i].node->trace(now_, target, report.number);
    }
    return report;
  }
  /// Asks who offers a service, as `muster services` does, and waits for the answer.
  [[nodiscard]] node::ServicesReport services(std::size_t i, const std::string& service) {
    auto report = hosts_[i].node->services(now_, service, 0);
    drain(i);
    while (!report.done) {
      run_for(std::chrono::milliseconds{100});
      report = hosts_[i].node->services(now_, service, report.number);
    }
    return report;
  }
  /// From now on node i can write no records to its disk, or again can.
  void fail_records(std::size_t i, bool fail) { hosts_[i].disk.records.fail = fail; }
  /// Every frame that was ever on the medium, for those who listen.
  std::function<void(BytesView)> eavesdropper;
  /// A medium that does not carry all that it is given: true for what is lost to everybody.
  std::function<bool(const node::FieldNode::SendLink&)> swallows;
  std::vector<std::string> notes;
  /// Of all nodes that start from now on.
  const ports::WallClock* wall_clock = nullptr;
  /// What happened, at which node.
  std::vector<std::pair<std::size_t, node::NodeEvent>> events;
  TestOverlay overlay;

 private:
  /// MUSTER_TEST_COPIES=K in the environment: every record of a user lies at K nodes only, whatever
  /// the test is about.
  static void place_if_told(node::Settings& settings) {
    const char* copies = std::getenv("MUSTER_TEST_COPIES");
    if (copies == nullptr) return;
    settings.replicate_to_all_bytes_max = 0;
    settings.copies = static_cast<unsigned>(std::max(1, std::atoi(copies)));
  }
  class PortCounter final : public sip::MediaSockets {
   public:
    std::optional<std::uint16_t> open_pair() override {
      for (std::uint16_t port = 20000; port < 20200; port += 2) {
        if (open_.insert(port).second) return port;
      }
      return std::nullopt;
    }
    void close_pair(std::uint16_t port) override { open_.erase(port); }

   private:
    std::set<std::uint16_t> open_;
  };
  struct Host {
    std::unique_ptr<SeededTestRandom> random;
    std::unique_ptr<PortCounter> sockets;
    Disk disk;
    std::unique_ptr<node::FieldNode> node;
    PhoneHandler to_phone;
    MediaHandler to_media;
  };
  struct Event {
    TimePoint at;
    std::uint64_t sequence;
    std::function<void()> action;
    bool operator<(const Event& other) const {
      return std::tie(other.at, other.sequence) < std::tie(at, sequence);
    }
  };

  void at(TimePoint when, std::function<void()> action) {
    events_.push({when, sequence_++, std::move(action)});
  }

  [[nodiscard]] std::optional<TimePoint> next_event(TimePoint end) const {
    std::optional<TimePoint> next;
    if (!events_.empty()) next = events_.top().at;
    for (const auto& host : hosts_) {
      if (host.node) next = earlier(next, host.node->deadline());
    }
    return next && *next <= end ? next : std::nullopt;
  }

  void step() {
    while (!events_.empty() && events_.top().at <= now_) {
      const auto action = events_.top().action;
      events_.pop();
      action();
    }
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      auto& node = hosts_[i].node;
      if (!node || !node->deadline() || *node->deadline() > now_) continue;
      node->advance(now_);
      drain(i);
    }
  }

  void drain(std::size_t i) {
    Host& host = hosts_[i];
    while (auto output = host.node->poll()) {
      if (auto* frame = std::get_if<node::FieldNode::SendLink>(&*output)) {
        send(i, *frame);
      } else if (const auto* note = std::get_if<node::FieldNode::Note>(&*output)) {
        notes.push_back(overlay.kits[i].node_name + ": " + note->text);
      } else if (const auto* happened = std::get_if<node::FieldNode::Happened>(&*output)) {
        events.emplace_back(i, happened->event);
      } else if (const auto* phone = std::get_if<node::FieldNode::SendPhone>(&*output)) {
        after(std::chrono::microseconds{100}, [this, i, phone = *phone] {
          if (hosts_[i].to_phone) hosts_[i].to_phone(phone);
        });
      } else if (const auto* media = std::get_if<node::FieldNode::SendMedia>(&*output)) {
        after(std::chrono::microseconds{100}, [this, i, media = *media] {
          if (hosts_[i].to_media) hosts_[i].to_media(media);
        });
      }
    }
  }

  void send(std::size_t from, const node::FieldNode::SendLink& frame) {
    if (eavesdropper) eavesdropper(frame.datagram);
    if (swallows && swallows(frame)) return;
    for (std::size_t to = 0; to < hosts_.size(); ++to) {
      if (to == from || (frame.to && *frame.to != LinkAddress::from_ip(node_address(to)))) continue;
      if (!heard_.contains({std::min(from, to), std::max(from, to)})) continue;
      if (random_.unit() < medium_.loss) continue;
      after(medium_.delay, [this, from, to, datagram = frame.datagram] {
        if (!hosts_[to].node) return;
        const LinkPath path{LinkId{0}, LinkAddress::from_ip(node_address(from))};
        hosts_[to].node->receive_link(now_, path, datagram);
        drain(to);
      });
    }
  }

  Medium medium_;
  Configure configure_;
  SeededRandom random_;
  TimePoint now_{std::chrono::hours{1}};
  std::uint64_t sequence_ = 0;
  std::vector<Host> hosts_;
  std::set<std::pair<std::size_t, std::size_t>> heard_;
  std::priority_queue<Event> events_;
};

}  // namespace muster::test
