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

#include "core/ports/memory_message_store.hpp"
#include "core/ports/memory_record_store.hpp"
#include "core/ports/memory_state_store.hpp"
#include "node/field_node.hpp"
#include "sim/random_stream.hpp"
#include "sim/scripted_phone.hpp"

namespace muster::sim {

/// What a simulated host has on stable storage.
struct SimulatedDisk {
  ports::MemoryStateStore state;
  ports::MemoryRecordStore records;
  ports::MemoryMessageStore messages;
  ports::MemorySeenStore seen;
};

/// One host of a simulation: the very node of the daemon, its disk, and the phones of its users
/// beside it. Between node and phones nothing is lost and no time passes.
///
/// A pure machine as the node itself. Its node may be killed and started again; disk and phones
/// stay.
class SimulatedHost {
 public:
  struct Config {
    const security::Kit* kit = nullptr;  ///< outlives the host
    node::Settings settings;
    std::size_t datagram_bytes_max = 0;  ///< of its link
    std::uint64_t seed = 0;
  };
  /// A frame for the medium; nothing in `to` means everybody who hears it.
  struct Transmit {
    std::optional<LinkAddress> to;
    Bytes frame;
  };
  struct AtPhone {
    std::string user;
    PhoneEvent event;
  };
  using Output = std::variant<Transmit, AtPhone, node::FieldNode::Note, node::FieldNode::Happened>;

  explicit SimulatedHost(Config config);

  /// Fails if the node refuses its kit or its disk.
  [[nodiscard]] Result<void> start(TimePoint now);
  /// The power fails: nothing is left but the disk.
  void kill() { node_.reset(); }
  [[nodiscard]] bool alive() const { return node_ != nullptr; }
  [[nodiscard]] const node::FieldNode* node() const { return node_.get(); }
  [[nodiscard]] const SimulatedDisk& disk() const { return disk_; }
  [[nodiscard]] const IpAddress& address() const { return config_.settings.sip_listen.address; }

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
  [[nodiscard]] std::optional<TimePoint> deadline() const;

 private:
  class MediaPorts final : public sip::MediaSockets {
   public:
    std::optional<std::uint16_t> open_pair() override;
    void close_pair(std::uint16_t port) override { open_.erase(port); }

   private:
    std::set<std::uint16_t> open_;
  };

  void exchange(TimePoint now);
  bool drain_node(TimePoint now);
  bool drain_phone(TimePoint now, const std::string& user, ScriptedPhone& phone);
  void carry_media(TimePoint now, const ScriptedPhone& phone,
                   const ScriptedPhone::SendMedia& media);

  Config config_;
  RandomStream random_;
  SimulatedDisk disk_;
  std::unique_ptr<MediaPorts> media_;
  std::unique_ptr<node::FieldNode> node_;
  std::map<std::string, std::unique_ptr<ScriptedPhone>> phones_;  ///< by user
  std::map<IpEndpoint, ScriptedPhone*> by_sip_;
  std::map<IpEndpoint, ScriptedPhone*> by_media_;
  std::deque<Output> outputs_;
};

}  // namespace muster::sim
