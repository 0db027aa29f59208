// SPDX-License-Identifier: Apache-2.0
#include "sim/io/stop_signals.hpp"

#include <csignal>

#include <sys/signalfd.h>
#include <unistd.h>

namespace muster::sim {
namespace {

FileDescriptor block_and_open() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    // Who started us may have ignored them; an ignored signal reaches nobody.
    ::signal(number, SIG_DFL);
    sigaddset(&signals, number);
  }
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return FileDescriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace

StopSignals::StopSignals(EventLoop& loop) : loop_(loop), descriptor_(block_and_open()) {
  loop.watch(descriptor_.get(), [this] {
    signalfd_siginfo info{};
    [[maybe_unused]] const auto got = ::read(descriptor_.get(), &info, sizeof info);
    came_ = true;
    loop_.stop();
  });
}

StopSignals::~StopSignals() { loop_.forget(descriptor_.get()); }

}  // namespace muster::sim
