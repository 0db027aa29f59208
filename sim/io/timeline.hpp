// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "core/base/time.hpp"

namespace muster::sim {

/// Tells what happens, for people on standard output ("12.4 s  alice calls dave") and, if asked,
/// as one JSON object a line for programs.
class Timeline {
 public:
  /// `events` may be empty: no JSON then.
  explicit Timeline(const std::filesystem::path& events);

  void start(TimePoint zero) { zero_ = zero; }
  [[nodiscard]] double seconds(TimePoint now) const;
  /// `kind` names the JSON object, `text` is for people; `facts` are further members.
  void say(TimePoint now, const std::string& kind, const std::string& text);
  void say(TimePoint now, const std::string& kind, const std::string& text, nlohmann::json facts);
  /// A line without a time.
  void remark(const std::string& text);

 private:
  TimePoint zero_{};
  std::ofstream events_;
};

}  // namespace muster::sim
