// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/write_rate.hpp"

#include <algorithm>

namespace muster::overlay {

bool WriteRate::allow(TimePoint now, const NodeId& writer) {
  if (!writers_.contains(writer) && writers_.size() >= limits_.writers_max) {
    // Whoever has been quiet for long has a full bucket again, and is the same as unknown.
    std::erase_if(writers_, [&](const auto& pair) {
      const double quiet = std::chrono::duration<double>(now - pair.second.at).count();
      return pair.second.left + quiet * limits_.per_second >= limits_.burst;
    });
    if (writers_.size() >= limits_.writers_max) return false;
  }
  Tokens& tokens = writers_.try_emplace(writer, Tokens{limits_.burst, now}).first->second;
  const double passed = std::chrono::duration<double>(now - tokens.at).count();
  tokens.left = std::min(limits_.burst, tokens.left + std::max(0.0, passed) * limits_.per_second);
  tokens.at = now;
  if (tokens.left < 1) return false;
  tokens.left -= 1;
  return true;
}

}  // namespace muster::overlay
