// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace muster::sim {

/// The word as a POSIX shell reads it back, quoted only where it must be.
[[nodiscard]] std::string shell_word(const std::string& word);
/// All of them with blanks between.
[[nodiscard]] std::string shell_words(const std::vector<std::string>& words);

}  // namespace muster::sim
