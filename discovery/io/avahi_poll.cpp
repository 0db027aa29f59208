// SPDX-License-Identifier: Apache-2.0
#include "discovery/io/avahi_poll.hpp"

#include <chrono>
#include <memory>

#include <fcntl.h>

namespace {

namespace asio = muster::asio;
using asio::posix::stream_descriptor;
using muster::ErrorCode;

}  // namespace

/// Avahi's idea of a watched descriptor; its name is Avahi's.
///
/// Watches a copy of the descriptor: D-Bus watches one descriptor twice, which epoll refuses.
/// Lives until Avahi has freed it and no wait refers to it any more.
struct AvahiWatch : std::enable_shared_from_this<AvahiWatch> {
  AvahiWatch(asio::io_context& io, int watched, int copy, AvahiWatchCallback call, void* context)
      : descriptor(io, copy), fd(watched), callback(call), userdata(context) {}

  void want(AvahiWatchEvent events) {
    wanted = events;
    ++round;  // waits of earlier rounds say nothing any more
    ErrorCode ignored;
    descriptor.cancel(ignored);
    wait_for(AVAHI_WATCH_IN, stream_descriptor::wait_read);
    wait_for(AVAHI_WATCH_OUT, stream_descriptor::wait_write);
  }
  void free() {
    ++round;
    ErrorCode ignored;
    descriptor.close(ignored);
    owned_by_avahi.reset();
  }

  std::shared_ptr<AvahiWatch> owned_by_avahi;
  AvahiWatchEvent happened{};

 private:
  void wait_for(AvahiWatchEvent event, stream_descriptor::wait_type kind) {
    if ((wanted & event) == 0) return;
    descriptor.async_wait(kind, [self = shared_from_this(), event, kind, of = round](ErrorCode) {
      // An error (a peer that hung up) is for Avahi to read from the descriptor itself.
      if (of == self->round) self->tell(event, kind);
    });
  }
  void tell(AvahiWatchEvent event, stream_descriptor::wait_type kind) {
    const auto of = round;
    happened = event;
    callback(this, fd, event, userdata);
    happened = {};
    if (of == round) wait_for(event, kind);
  }

  stream_descriptor descriptor;
  int fd;
  AvahiWatchCallback callback;
  void* userdata;
  AvahiWatchEvent wanted{};
  unsigned round = 0;
};

/// Avahi's idea of a timer; its name is Avahi's.
struct AvahiTimeout : std::enable_shared_from_this<AvahiTimeout> {
  AvahiTimeout(asio::io_context& io, AvahiTimeoutCallback call, void* context)
      : timer(io), callback(call), userdata(context) {}

  /// `at` is wall-clock time; null: never.
  void set(const timeval* at) {
    ++round;
    timer.cancel();
    if (at == nullptr) return;
    const auto since_epoch =
        std::chrono::seconds{at->tv_sec} + std::chrono::microseconds{at->tv_usec};
    timer.expires_after(since_epoch - std::chrono::system_clock::now().time_since_epoch());
    timer.async_wait([self = shared_from_this(), of = round](ErrorCode error) {
      if (!error && of == self->round) self->callback(self.get(), self->userdata);
    });
  }
  void free() {
    ++round;
    timer.cancel();
    owned_by_avahi.reset();
  }

  std::shared_ptr<AvahiTimeout> owned_by_avahi;

 private:
  asio::steady_timer timer;
  AvahiTimeoutCallback callback;
  void* userdata;
  unsigned round = 0;
};

namespace muster::discovery {
namespace {

asio::io_context& context_of(const AvahiPoll* api) {
  return *static_cast<asio::io_context*>(api->userdata);
}

AvahiWatch* watch_new(const AvahiPoll* api, int fd, AvahiWatchEvent events,
                      AvahiWatchCallback callback, void* userdata) {
  const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return nullptr;  // out of descriptors: Avahi gives up what it was about
  auto watch = std::make_shared<AvahiWatch>(context_of(api), fd, copy, callback, userdata);
  watch->owned_by_avahi = watch;
  watch->want(events);
  return watch.get();
}

AvahiTimeout* timeout_new(const AvahiPoll* api, const timeval* at, AvahiTimeoutCallback callback,
                          void* userdata) {
  auto timeout = std::make_shared<AvahiTimeout>(context_of(api), callback, userdata);
  timeout->owned_by_avahi = timeout;
  timeout->set(at);
  return timeout.get();
}

}  // namespace

AvahiPoll avahi_poll_on(asio::io_context& io) {
  AvahiPoll poll{};
  poll.userdata = &io;
  poll.watch_new = watch_new;
  poll.watch_update = [](AvahiWatch* watch, AvahiWatchEvent events) { watch->want(events); };
  poll.watch_get_events = [](AvahiWatch* watch) { return watch->happened; };
  poll.watch_free = [](AvahiWatch* watch) { watch->free(); };
  poll.timeout_new = timeout_new;
  poll.timeout_update = [](AvahiTimeout* timeout, const timeval* at) { timeout->set(at); };
  poll.timeout_free = [](AvahiTimeout* timeout) { timeout->free(); };
  return poll;
}

}  // namespace muster::discovery
