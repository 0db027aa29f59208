// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/io/baresip_phone.hpp"
#include "sim/io/child_process.hpp"
#include "sim/io/event_loop.hpp"
#include "sim/io/live_medium.hpp"
#include "sim/io/network_namespace.hpp"
#include "sim/io/node_probe.hpp"
#include "sim/io/provisioning.hpp"
#include "sim/reach.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// The world of a drill: a namespace and a radio device for each host, the medium between them, and
/// in each host a node and its users' phones. The destructor takes everything away.
class Emulation {
 public:
  struct Settings {
    std::string run;                  ///< prefix of the namespaces
    std::filesystem::path directory;  ///< for state, logs and recordings
    std::filesystem::path programs;   ///< where musterd and muster are
    std::filesystem::path capture;    ///< pcap file, or empty
    std::uint64_t seed = 1;
    bool nodes = true;
    bool phones = true;
  };
  using PhoneListener = std::function<void(const std::string& user, const PhoneEvent&)>;

  Emulation(const Scenario& scenario, Settings settings, EventLoop& loop, PhoneListener listener);
  ~Emulation();
  Emulation(const Emulation&) = delete;
  Emulation& operator=(const Emulation&) = delete;

  /// Makes the overlay, the kits and the configurations. Takes seconds: kits are sealed by scrypt.
  [[nodiscard]] Result<bool> prepare();
  /// Makes the namespaces and devices and starts the medium: a world in which nothing happens yet.
  [[nodiscard]] Result<bool> build();

  [[nodiscard]] Result<bool> start_node(HostIndex host);
  void kill_node(HostIndex host);
  [[nodiscard]] bool alive(HostIndex host) const { return hosts_[host].alive; }
  [[nodiscard]] std::vector<bool> all_alive() const;
  /// Hosts whose node ended though nobody killed it, each told once.
  [[nodiscard]] std::vector<HostIndex> take_unexpected_ends();

  [[nodiscard]] Result<bool> start_phones(HostIndex host);
  [[nodiscard]] Result<bool> restart_phone(const std::string& user);
  void stop_phones();
  /// Null if the user has none.
  [[nodiscard]] BaresipPhone* phone(const std::string& user);

  void partition(const std::vector<std::vector<HostIndex>>& groups);
  void heal();
  void set_loss(double rate, std::optional<std::pair<HostIndex, HostIndex>> between);
  [[nodiscard]] std::vector<unsigned> components() const { return reach_.components(all_alive()); }

  [[nodiscard]] std::vector<NodeProbe::Target> probe_targets() const;
  [[nodiscard]] const NetworkNamespace& place(HostIndex host) const { return *hosts_[host].place; }
  [[nodiscard]] HostFiles files(HostIndex host) const {
    return files_of(settings_.directory, scenario_.hosts[host]);
  }
  /// Frames that the kernel dropped before we read them count as own drops.
  [[nodiscard]] LiveMedium::Report medium_report();
  /// Ends the medium, and the capture is whole.
  void stop_medium() { medium_->stop(); }

 private:
  struct HostState {
    std::unique_ptr<NetworkNamespace> place;
    std::optional<ChildProcess> node;
    bool alive = false;
    std::uint64_t kernel_drops_before = 0;
    std::vector<std::pair<std::string, std::unique_ptr<BaresipPhone>>> phones;
  };

  [[nodiscard]] Result<FileDescriptor> build_host(HostIndex host);
  void make_phones();

  const Scenario& scenario_;
  Settings settings_;
  EventLoop& loop_;
  PhoneListener listener_;
  Reach reach_;
  Passwords passwords_;
  std::vector<HostState> hosts_;
  std::unique_ptr<LiveMedium> medium_;
};

/// The tone that user number n (from 0) sends: alice 440 Hz, dave 880 Hz.
[[nodiscard]] unsigned tone_hz(std::size_t user);

}  // namespace muster::sim
