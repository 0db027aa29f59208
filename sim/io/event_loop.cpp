// SPDX-License-Identifier: Apache-2.0
#include "sim/io/event_loop.hpp"

#include <algorithm>

#include <poll.h>
#include <sys/eventfd.h>

#include "sim/io/live_medium.hpp"

namespace muster::sim {

EventLoop::EventLoop() : wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  watch(wake_.get(), [this] {
    eventfd_t count = 0;
    ::eventfd_read(wake_.get(), &count);
  });
}

void EventLoop::after(Duration delay, Work work) { at(monotonic_now() + delay, std::move(work)); }

void EventLoop::post(Work work) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(work));
  }
  ::eventfd_write(wake_.get(), 1);
}

void EventLoop::run() {
  running_ = true;
  while (running_) {
    run_due_timers();
    run_posted();
    if (running_) wait();
  }
}

void EventLoop::run_due_timers() {
  const auto now = monotonic_now();
  while (running_ && !timers_.empty() && timers_.begin()->first <= now) {
    const auto work = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    work();
  }
}

void EventLoop::run_posted() {
  std::vector<Work> posted;
  {
    const std::lock_guard lock(mutex_);
    posted.swap(posted_);
  }
  for (const auto& work : posted) work();
}

void EventLoop::wait() {
  std::vector<pollfd> ready;
  for (const auto& [fd, work] : watched_) ready.push_back({fd, POLLIN, 0});
  int timeout_ms = -1;
  if (!timers_.empty()) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - monotonic_now());
    timeout_ms = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
  }
  if (::poll(ready.data(), ready.size(), timeout_ms) <= 0) return;
  for (const auto& entry : ready) {
    if (entry.revents == 0) continue;
    // What one does may have removed another.
    if (const auto found = watched_.find(entry.fd); found != watched_.end()) {
      const auto work = found->second;
      work();
    }
  }
}

}  // namespace muster::sim
