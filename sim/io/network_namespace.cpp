// SPDX-License-Identifier: Apache-2.0
#include "sim/io/network_namespace.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <nlohmann/json.hpp>
#include <sched.h>
#include <sys/ioctl.h>

#include "sim/io/child_process.hpp"

namespace muster::sim {
namespace {

constexpr std::chrono::milliseconds ip_patience{10'000};

Result<std::string> ip(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "ip");
  return run_checked({arguments}, ip_patience);
}

void write_setting(const std::string& path, std::string_view value) {
  // Not every kernel has every setting; what is missing only makes the start slower.
  std::ofstream(path) << value << '\n';
}

void tune(const std::string& device) {
  write_setting(fmt::format("/proc/sys/net/ipv6/conf/{}/accept_dad", device), "0");
  write_setting(fmt::format("/proc/sys/net/ipv6/conf/{}/router_solicitations", device), "0");
  for (const auto* family : {"ipv4", "ipv6"}) {
    const auto folder = fmt::format("/proc/sys/net/{}/neigh/{}", family, device);
    write_setting(folder + "/base_reachable_time_ms", "3600000");
    write_setting(folder + "/retrans_time_ms", "100");
    write_setting(folder + "/mcast_solicit", "20");
  }
}

Result<FileDescriptor> open_tap(const std::string& name) {
  FileDescriptor tap(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!tap.valid()) {
    return fail(fmt::format("/dev/net/tun: {}; the emulator needs TAP devices (modprobe tun)",
                            std::strerror(errno)));
  }
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (::ioctl(tap.get(), TUNSETIFF, &request) != 0) {
    return fail(fmt::format("TAP device {}: {}; is this root?", name, std::strerror(errno)));
  }
  return tap;
}

}  // namespace

Result<NetworkNamespace> NetworkNamespace::create(const std::string& name) {
  if (const auto made = ip({"netns", "add", name}); !made) return tl::make_unexpected(made.error());
  FileDescriptor descriptor(::open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor.valid())
    return fail(fmt::format("network namespace {}: {}", name, std::strerror(errno)));
  return NetworkNamespace(name, std::move(descriptor));
}

NetworkNamespace::~NetworkNamespace() {
  if (!descriptor_.valid()) return;
  descriptor_.reset();
  (void)ip({"netns", "del", name_});
}

void NetworkNamespace::inside(const std::function<void()>& work) const {
  std::thread thread([&] {
    if (::setns(descriptor_.get(), CLONE_NEWNET) == 0) work();
  });
  thread.join();
}

Result<FileDescriptor> make_radio_device(const NetworkNamespace& place, const RadioDevice& device) {
  Result<FileDescriptor> tap =
      fail(fmt::format("network namespace {}: cannot enter it", place.name()));
  place.inside([&] {
    tap = open_tap(device.name);
    tune(device.name);
  });
  if (!tap) return tap;
  for (const std::vector<std::string>& step :
       {std::vector<std::string>{"link", "set", "lo", "up"},
        {"link", "set", device.name, "address", device.mac, "mtu", std::to_string(device.mtu)},
        {"addr", "add", device.address, "brd", "+", "dev", device.name},
        {"link", "set", device.name, "up"}}) {
    auto arguments = step;
    arguments.insert(arguments.begin(), {"-n", place.name()});
    if (const auto done = ip(arguments); !done) return tl::make_unexpected(done.error());
  }
  return tap;
}

Result<std::uint64_t> kernel_drops(const NetworkNamespace& place, const std::string& device) {
  const auto text = ip({"-n", place.name(), "-j", "-s", "link", "show", "dev", device});
  if (!text) return tl::make_unexpected(text.error());
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  const auto drops = nlohmann::json::json_pointer("/0/stats64/tx/dropped");
  if (json.is_discarded() || !json.contains(drops))
    return fail("ip -j -s link: no count of drops in its answer");
  return json.at(drops).get<std::uint64_t>();
}

}  // namespace muster::sim
