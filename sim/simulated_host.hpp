// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "node/field_node.hpp"
#include "sim/host_clock.hpp"
#include "sim/random_stream.hpp"
#include "sim/scripted_phone.hpp"
#include "sim/simulated_disk.hpp"
#include "sim/simulated_overlay.hpp"

namespace muster::sim {

/// One host of a simulation: the very node of the daemon, its disk, and the phones of its users
/// beside it. Between node and phones nothing is lost and no time passes.
///
/// A pure machine as the node itself. Its node may be killed and started again; disk and phones
/// stay.
class SimulatedHost {
 public:
  struct Config {
    const SimulatedOverlay* overlay = nullptr;           ///< outlives the host
    security::CertificatePool* certificates = nullptr;   ///< of all hosts; outlives the host
    std::shared_ptr<const security::TrustStore> roster;  ///< likewise; nothing: it is learnt
    HostIndex host = 0;                                  ///< which of its kits it has
    node::Settings settings;
    std::size_t datagram_bytes_max = 0;  ///< of its link
    std::uint64_t seed = 0;
    std::int64_t clock_fast_ppb = 0;  ///< nanoseconds that its clock gains in a second
    radio::LinkProfile link{};
    BindingIndex* bindings = nullptr;  ///< told what its disk is given; outlives the host
  };
  /// A frame for the medium; nothing in `to` means everybody who hears it.
  struct Transmit {
    std::optional<LinkAddress> to;
    Bytes frame;
    node::FrameUse use{};
  };
  struct AtPhone {
    std::string user;
    PhoneEvent event;
  };
  using Output = std::variant<Transmit, AtPhone, node::FieldNode::Note, node::FieldNode::Happened,
                              node::FieldNode::LookedUp>;

  explicit SimulatedHost(Config config);

  /// Fails if the node refuses its kit or its disk.
  [[nodiscard]] Result<void> start(TimePoint now);
  /// The power fails: nothing is left but what is on the disk.
  void cut_power();
  [[nodiscard]] bool alive() const { return node_ != nullptr; }
  [[nodiscard]] const node::FieldNode* node() const { return node_.get(); }
  [[nodiscard]] SimulatedDisk& disk() { return disk_; }
  [[nodiscard]] const IpAddress& address() const { return config_.settings.sip_listen.address; }

  /// How long ago its clock showed that.
  [[nodiscard]] Duration age(TimePoint now, TimePoint shown) const {
    return now - clock_.when(shown);
  }
  void set_wall_clock_off_by(Duration offset) { wall_clock_.off_by = offset; }

  /// See FieldNode::look_up; nothing while the node is dead.
  std::optional<std::uint64_t> look_up(TimePoint now, std::string_view aor);

  /// In place of the phone that the user has here, if any; switched off.
  void add_phone(ScriptedPhone::Config config);
  void remove_phone(const std::string& user);
  [[nodiscard]] const ScriptedPhone* phone(const std::string& user) const;
  /// `action(phone)` is what a person does with it.
  template <typename Action>
  void at_phone(TimePoint now, const std::string& user, Action action) {
    const auto found = phones_.find(user);
    if (found == phones_.end()) return;
    action(*found->second);
    exchange(now);
  }

  void receive(TimePoint now, const LinkAddress& from, BytesView frame);
  void advance(TimePoint now);
  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const { return due_; }

 private:
  class MediaPorts final : public sip::MediaSockets {
   public:
    std::optional<std::uint16_t> open_pair() override;
    void close_pair(std::uint16_t port) override { open_.erase(port); }

   private:
    std::set<std::uint16_t> open_;
  };

  struct WallClock final : ports::WallClock {
    [[nodiscard]] std::int64_t unix_s() const override;
    TimePoint now{};
    Duration off_by{};
  };

  /// What the node's steady clock shows.
  TimePoint local(TimePoint now);
  void exchange(TimePoint now);
  void note_deadlines();
  bool drain_node(TimePoint now);
  bool drain_phone(TimePoint now, const std::string& user, ScriptedPhone& phone);
  void carry_media(TimePoint now, const ScriptedPhone& phone,
                   const ScriptedPhone::SendMedia& media);

  Config config_;
  RandomStream random_;
  SeededRandom chance_;  ///< of what is not the host's own: its boot's clock, its disk's luck
  HostClock clock_;
  WallClock wall_clock_;
  SimulatedDisk disk_;
  std::unique_ptr<MediaPorts> media_;
  std::unique_ptr<node::FieldNode> node_;
  std::map<std::string, std::unique_ptr<ScriptedPhone>> phones_;  ///< by user
  std::map<IpEndpoint, ScriptedPhone*> by_sip_;
  std::map<IpEndpoint, ScriptedPhone*> by_media_;
  std::optional<TimePoint> node_due_;  ///< by the host's clock
  std::optional<TimePoint> due_;
  std::deque<Output> outputs_;
};

}  // namespace muster::sim
