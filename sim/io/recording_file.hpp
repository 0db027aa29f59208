// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "sim/recorder.hpp"

namespace muster::sim {

/// Writes what a recorder hears as one JSON object a line, for `muster sim report`: first a line
/// "begin" with the scenario and its hosts, then each item with its time "t" in seconds, at last a
/// line "end" with the run's report.
class RecordingFile final : public Recorder {
 public:
  /// More hosts than this are not drawn.
  static constexpr std::size_t hosts_max = 2000;

  /// Throws with a line that names the remedy if the file cannot be written.
  RecordingFile(const std::filesystem::path& path, const Scenario& scenario, std::uint64_t seed);

  void record(Duration since_start, const Item& item) override;
  [[nodiscard]] Duration period() const override { return period_; }
  /// Throws if anything could not be written.
  void finish(const nlohmann::json& report);

 private:
  void write(const nlohmann::json& line);

  std::filesystem::path path_;
  std::ofstream file_;
  Duration period_;
};

}  // namespace muster::sim
