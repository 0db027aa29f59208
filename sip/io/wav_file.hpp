// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace muster::sip {

inline constexpr unsigned wav_seconds_max = 600;  ///< 115 MB while a file at 48 kHz is read

/// The first ten minutes of a sound file (whatever libsndfile reads) as mono at 48 kHz: channels
/// are averaged, other rates are resampled. A file at 48 kHz comes through untouched.
[[nodiscard]] Result<std::vector<std::int16_t>> read_wav(const std::string& path);

/// Writes 16 bit mono at 48 kHz as it comes; the file is whole after each write.
class WavWriter {
 public:
  [[nodiscard]] static Result<WavWriter> open(const std::string& path);
  WavWriter(WavWriter&&) noexcept;
  WavWriter& operator=(WavWriter&&) noexcept;
  ~WavWriter();
  /// False if the disk is full.
  [[nodiscard]] bool write(std::span<const std::int16_t> samples);

 private:
  struct File;
  explicit WavWriter(std::unique_ptr<File> file);
  std::unique_ptr<File> file_;
};

}  // namespace muster::sip
