// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "core/base/result.hpp"
#include "sim/io/file_descriptor.hpp"

namespace muster::sim {

/// A named network namespace (`ip netns`) of ours, removed when this goes.
class NetworkNamespace {
 public:
  [[nodiscard]] static Result<NetworkNamespace> create(const std::string& name);
  NetworkNamespace(NetworkNamespace&&) noexcept = default;
  NetworkNamespace& operator=(NetworkNamespace&&) noexcept = default;
  ~NetworkNamespace();

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  /// Runs `work` inside, in a thread of its own; what it opens keeps belonging to the namespace.
  void inside(const std::function<void()>& work) const;

 private:
  NetworkNamespace(std::string name, FileDescriptor descriptor)
      : name_(std::move(name)), descriptor_(std::move(descriptor)) {}

  std::string name_;
  FileDescriptor descriptor_;
};

/// What the device of a host is like.
struct RadioDevice {
  std::string name = "mesh0";
  std::string mac;      ///< "02:4d:53:00:00:01"
  std::string address;  ///< IPv4 with prefix length, "10.77.0.1/24"
  unsigned mtu = 1400;  ///< IPv6 needs 1280
};

/// Makes a TAP device in `place`, gives it its addresses and switches it and loopback on. Frames
/// are read from and written to the descriptor, non-blocking. IPv6 link-local addresses work at
/// once (no duplicate address detection), and neighbours' hardware addresses, once learned, stay
/// known for an hour: a radio's own link layer would not lose them with every fifth frame.
[[nodiscard]] Result<FileDescriptor> make_radio_device(const NetworkNamespace& place,
                                                       const RadioDevice& device);

/// Frames that the kernel threw away because we did not read them in time.
[[nodiscard]] Result<std::uint64_t> kernel_drops(const NetworkNamespace& place,
                                                 const std::string& device);

}  // namespace muster::sim
