// SPDX-License-Identifier: Apache-2.0
#include "sim/io/live_medium.hpp"

#include <array>
#include <cerrno>
#include <future>
#include <system_error>

#include <fmt/format.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

namespace muster::sim {
namespace {

// Tags of what is watched beside the hosts' devices, which have their number.
constexpr std::uint64_t timer_tag = 1'000'000;
constexpr std::uint64_t wake_tag = 1'000'001;

constexpr std::size_t frame_bytes_max = 65'550;
/// Frames read from one host before the others and the timer have their turn.
constexpr unsigned frames_per_turn = 16;

int checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return fd;
}

constexpr std::array<std::uint8_t, 4> mac_prefix = {0x02, 0x4d, 0x53, 0x00};

/// Whom an Ethernet frame is for: a host, everybody (nothing), or a host that does not exist.
std::optional<HostIndex> destination(BytesView frame, std::size_t hosts) {
  if ((frame[0] & 1) != 0) return std::nullopt;
  if (!std::equal(mac_prefix.begin(), mac_prefix.end(), frame.begin()))
    return static_cast<HostIndex>(hosts);
  return static_cast<HostIndex>(frame[4] << 8 | frame[5]) - 1;
}

}  // namespace

TimePoint monotonic_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return TimePoint{std::chrono::seconds{now.tv_sec} + Duration{now.tv_nsec}};
}

void LiveMedium::LatenessBook::note(Duration late) {
  late = std::max(late, Duration{});
  const auto bucket = static_cast<std::size_t>(late / bucket_width);
  ++counts_[std::min(bucket, buckets - 1)];
  ++frames_;
  sum_ += late;
  max_ = std::max(max_, late);
}

Lateness LiveMedium::LatenessBook::summary() const {
  Lateness result{frames_, {}, {}, max_};
  if (frames_ == 0) return result;
  result.mean = sum_ / static_cast<std::int64_t>(frames_);
  std::uint64_t below = 0;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    below += counts_[bucket];
    if (below * 100 < frames_ * 99) continue;
    result.p99 = bucket + 1 == buckets
                     ? max_
                     : std::min(max_, bucket_width * static_cast<std::int64_t>(bucket + 1));
    break;
  }
  return result;
}

LiveMedium::LiveMedium(RadioMedium medium, std::vector<FileDescriptor> taps,
                       std::optional<PcapFile> capture)
    : medium_(std::move(medium)),
      taps_(std::move(taps)),
      capture_(std::move(capture)),
      epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll")),
      timer_(checked(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd")),
      wake_(checked(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")) {
  watch(timer_.get(), timer_tag);
  watch(wake_.get(), wake_tag);
  for (std::size_t host = 0; host < taps_.size(); ++host) watch(taps_[host].get(), host);
}

LiveMedium::~LiveMedium() { stop(); }

void LiveMedium::watch(int fd, std::uint64_t tag) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = tag;
  checked(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

void LiveMedium::start() {
  started_ = monotonic_now();
  thread_ = std::thread([this] { run(); });
}

void LiveMedium::change(std::function<void(RadioMedium&)> change) {
  {
    const std::lock_guard lock(mutex_);
    changes_.push_back(std::move(change));
  }
  ::eventfd_write(wake_.get(), 1);
}

LiveMedium::Report LiveMedium::report() {
  std::promise<Report> promise;
  change([&](RadioMedium&) { promise.set_value(current()); });
  return promise.get_future().get();
}

void LiveMedium::stop() {
  stopping_ = true;
  ::eventfd_write(wake_.get(), 1);
  if (thread_.joinable()) thread_.join();
  capture_.reset();
}

LiveMedium::Report LiveMedium::current() {
  if (capture_) capture_->flush();
  Report report{medium_.counters(),
                {},
                lateness_.summary(),
                own_drops_,
                capture_ && capture_->failed(),
                raised_};
  for (HostIndex host = 0; host < medium_.hosts(); ++host)
    report.airtime.push_back(medium_.airtime(host));
  return report;
}

std::string LiveMedium::mac_of(HostIndex host) {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", mac_prefix[0], mac_prefix[1],
                     mac_prefix[2], mac_prefix[3], (host + 1) >> 8 & 0xff, (host + 1) & 0xff);
}

/// A medium that waits for a processor is a radio that does not exist: real-time if we may, else as
/// nice as allowed.
void LiveMedium::raise_priority() {
  sched_param parameters{};
  parameters.sched_priority = 10;
  raised_ = ::sched_setscheduler(0, SCHED_FIFO, &parameters) == 0;
  if (!raised_)
    raised_ = ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), -20) == 0;
}

void LiveMedium::run() {
  raise_priority();
  std::array<epoll_event, 64> ready{};
  while (!stopping_) {
    const int count = ::epoll_wait(epoll_.get(), ready.data(), ready.size(), -1);
    for (int i = 0; i < count; ++i) {
      const auto tag = ready[static_cast<std::size_t>(i)].data.u64;
      if (tag == timer_tag) {
        std::uint64_t expirations = 0;
        [[maybe_unused]] const auto got = ::read(timer_.get(), &expirations, sizeof expirations);
        timer_set_for_.reset();
      } else if (tag == wake_tag) {
        take_changes();
      } else {
        read_frames(static_cast<HostIndex>(tag));
      }
      deliver();
    }
    set_timer();
  }
}

void LiveMedium::take_changes() {
  eventfd_t count = 0;
  ::eventfd_read(wake_.get(), &count);
  std::vector<std::function<void(RadioMedium&)>> changes;
  {
    const std::lock_guard lock(mutex_);
    changes.swap(changes_);
  }
  for (const auto& change : changes) change(medium_);
}

void LiveMedium::read_frames(HostIndex host) {
  std::array<std::uint8_t, frame_bytes_max> buffer;
  for (unsigned turn = 0; turn < frames_per_turn; ++turn) {
    const auto got = ::read(taps_[host].get(), buffer.data(), buffer.size());
    if (got < 14) return;
    const BytesView frame(buffer.data(), static_cast<std::size_t>(got));
    const auto to = destination(frame, medium_.hosts());
    const auto now = monotonic_now();
    if (medium_.transmit(now, host, to, to_bytes(frame)) && capture_)
      capture_->write(now - started_, frame);
  }
}

void LiveMedium::deliver() {
  medium_.advance(monotonic_now());
  while (const auto arrival = medium_.poll()) {
    const auto& frame = *arrival->frame;
    if (::write(taps_[arrival->to].get(), frame.data(), frame.size()) < 0) ++own_drops_;
    lateness_.note(monotonic_now() - arrival->due);
  }
}

void LiveMedium::set_timer() {
  const auto deadline = medium_.deadline();
  if (!deadline || deadline == timer_set_for_) return;
  const auto since_epoch = std::max(deadline->time_since_epoch(), Duration{1});
  itimerspec when{};
  when.it_value.tv_sec = static_cast<time_t>(since_epoch.count() / 1'000'000'000);
  when.it_value.tv_nsec = static_cast<long>(since_epoch.count() % 1'000'000'000);
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
  timer_set_for_ = deadline;
}

}  // namespace muster::sim
