// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "core/base/time.hpp"
#include "sim/io/file_descriptor.hpp"

namespace muster::sim {

/// What the conductor of a drill does all day: waits for descriptors, for times, and for what other
/// threads hand over. One thread.
class EventLoop {
 public:
  using Work = std::function<void()>;

  EventLoop();

  /// Calls `work` whenever `fd` can be read, until `forget`.
  void watch(int fd, Work work) { watched_[fd] = std::move(work); }
  void forget(int fd) { watched_.erase(fd); }
  void at(TimePoint when, Work work) { timers_.emplace(when, std::move(work)); }
  void after(Duration delay, Work work);
  /// From any thread: `work` runs on the loop's thread, soon.
  void post(Work work);

  /// Until `stop`.
  void run();
  void stop() { running_ = false; }

 private:
  void run_due_timers();
  void run_posted();
  void wait();

  std::map<int, Work> watched_;
  std::multimap<TimePoint, Work> timers_;
  FileDescriptor wake_;
  std::mutex mutex_;
  std::vector<Work> posted_;
  bool running_ = false;
};

}  // namespace muster::sim
