// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>

#include "core/base/result.hpp"
#include "sim/note_listener.hpp"

namespace muster::sim {

/// Writes the logs of all nodes of a run into one file, a line each: "12.345678 host-2 info TEXT".
class NoteFile final : public NoteListener {
 public:
  [[nodiscard]] static Result<NoteFile> create(const std::filesystem::path& path,
                                               const Scenario& scenario);
  void note(Duration since_start, HostIndex host, const node::FieldNode::Note& note) override;
  /// False if not all of it could be written.
  [[nodiscard]] bool finish();

 private:
  NoteFile(std::ofstream file, const Scenario& scenario)
      : file_(std::move(file)), scenario_(&scenario) {}

  std::ofstream file_;
  const Scenario* scenario_;
};

}  // namespace muster::sim
