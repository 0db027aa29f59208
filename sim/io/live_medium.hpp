// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "sim/io/file_descriptor.hpp"
#include "sim/io/pcap_file.hpp"
#include "sim/radio_medium.hpp"

namespace muster::sim {

/// The time of CLOCK_MONOTONIC, as all logic is told it.
[[nodiscard]] TimePoint monotonic_now();

/// How well the medium itself kept its times.
struct Lateness {
  std::uint64_t frames = 0;
  Duration mean{};
  Duration p99{};
  Duration max{};
};

/// Carries Ethernet frames between the TAP devices of the hosts as a RadioMedium decides: one
/// thread at raised priority, one epoll, one timer. Host n (from 0) has the hardware address
/// `mac_of(n)`; a frame for a group address goes to all who hear the sender.
class LiveMedium {
 public:
  struct Report {
    RadioMedium::Counters counters;
    std::vector<Duration> airtime;
    Lateness lateness;
    std::uint64_t own_drops = 0;  ///< frames the kernel did not take from us
    bool capture_failed = false;
    bool raised = false;  ///< whether the thread could get its priority
  };

  LiveMedium(RadioMedium medium, std::vector<FileDescriptor> taps, std::optional<PcapFile> capture);
  ~LiveMedium();
  LiveMedium(const LiveMedium&) = delete;
  LiveMedium& operator=(const LiveMedium&) = delete;

  void start();
  /// Runs `change` on the medium's thread, between two frames.
  void change(std::function<void(RadioMedium&)> change);
  /// How it stands, taken between two frames. Only between `start` and `stop`.
  [[nodiscard]] Report report();
  /// Ends the thread and the capture.
  void stop();

  [[nodiscard]] static std::string mac_of(HostIndex host);

 private:
  class LatenessBook {
   public:
    void note(Duration late);
    [[nodiscard]] Lateness summary() const;

   private:
    static constexpr std::size_t buckets = 4096;
    static constexpr Duration bucket_width = std::chrono::microseconds{50};
    std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(buckets);
    std::uint64_t frames_ = 0;
    Duration sum_{};
    Duration max_{};
  };

  void run();
  void raise_priority();
  void watch(int fd, std::uint64_t tag);
  void read_frames(HostIndex host);
  void deliver();
  void set_timer();
  void take_changes();
  [[nodiscard]] Report current();

  RadioMedium medium_;
  std::vector<FileDescriptor> taps_;
  std::optional<PcapFile> capture_;
  FileDescriptor epoll_;
  FileDescriptor timer_;
  FileDescriptor wake_;
  std::mutex mutex_;
  std::vector<std::function<void(RadioMedium&)>> changes_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
  TimePoint started_{};
  std::optional<TimePoint> timer_set_for_;
  LatenessBook lateness_;
  std::uint64_t own_drops_ = 0;
  bool raised_ = false;
};

}  // namespace muster::sim
