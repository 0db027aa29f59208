// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "security/crypto.hpp"
#include "tests/support/test_data.hpp"

namespace muster::test {

/// A JSON file of the published test data; nothing where the data is not there.
inline std::optional<nlohmann::json> published_vectors(const std::string& name) {
  const auto text = test_data(name);
  if (!text) return std::nullopt;
  return nlohmann::json::parse(*text);
}

inline Bytes unhex(const std::string& text) { return from_hex(text).value(); }

inline security::Key32 key_of(const std::string& hex) {
  const Bytes octets = unhex(hex);
  security::Key32 key{};
  std::copy(octets.begin(), octets.end(), key.begin());
  return key;
}

}  // namespace muster::test
