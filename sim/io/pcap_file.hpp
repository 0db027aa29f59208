// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace muster::sim {

/// Writes Ethernet frames in the classic libpcap format (nanosecond variant, magic 0xa1b23c4d), so
/// that tcpdump and Wireshark read them.
class PcapFile {
 public:
  [[nodiscard]] static Result<PcapFile> create(const std::filesystem::path& path);
  /// `since_start` becomes the time stamp; what cannot be written is counted.
  void write(Duration since_start, BytesView frame);
  /// Everything so far is in the file when this returns.
  void flush() { failed_ = std::fflush(file_.get()) != 0 || failed_; }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  explicit PcapFile(std::FILE* file) : file_(file) {}

  std::unique_ptr<std::FILE, Close> file_;
  bool failed_ = false;
};

}  // namespace muster::sim
