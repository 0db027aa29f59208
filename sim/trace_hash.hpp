// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "core/base/byte_writer.hpp"
#include "core/base/time.hpp"

namespace muster::sim {

/// One hash over everything that happened in a run, in order: two runs with the same hash were the
/// same. SHA-256 of one block after the other, each with the hash of those before it.
class TraceHash {
 public:
  enum class What : std::uint8_t {
    sent = 1,
    arrived = 2,
    woken = 3,
    scenario = 4,
    started = 5,
    killed = 6,
    phone = 7,
    lookup = 8,
  };

  void note(TimePoint at, What what, std::uint32_t host, std::uint64_t detail);
  void note(TimePoint at, What what, std::uint32_t host, BytesView content);
  [[nodiscard]] std::uint64_t events() const { return events_; }
  /// In hexadecimal, of all events until now.
  [[nodiscard]] std::string sha256() const;

 private:
  static constexpr std::size_t block_bytes = 64 * 1024;
  void close_block();
  [[nodiscard]] Bytes closed() const;

  Bytes chain_;
  ByteWriter block_;
  std::uint64_t events_ = 0;
};

}  // namespace muster::sim
