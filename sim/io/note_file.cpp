// SPDX-License-Identifier: Apache-2.0
#include "sim/io/note_file.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace muster::sim {
namespace {

std::string_view word(node::FieldNode::Note::Level level) {
  using Level = node::FieldNode::Note::Level;
  if (level == Level::debug) return "debug";
  return level == Level::info ? "info" : "warning";
}

}  // namespace

Result<NoteFile> NoteFile::create(const std::filesystem::path& path, const Scenario& scenario) {
  std::ofstream file(path, std::ios::trunc);
  if (!file) return fail(fmt::format("--log {}: {}", path.string(), std::strerror(errno)));
  return NoteFile(std::move(file), scenario);
}

void NoteFile::note(Duration since_start, HostIndex host, const node::FieldNode::Note& note) {
  file_ << fmt::format("{:.6f} {} {} {}\n", std::chrono::duration<double>(since_start).count(),
                       scenario_->hosts[host].name, word(note.level), note.text);
}

bool NoteFile::finish() { return static_cast<bool>(file_.flush()); }

}  // namespace muster::sim
