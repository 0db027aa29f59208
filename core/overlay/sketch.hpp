// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/overlay/record_table.hpp"

namespace muster::overlay {

/// What one item counts as in a sketch: two versions of a record are two elements.
using Element = std::uint64_t;
[[nodiscard]] Element element_of(const Item& item);

/// A set of elements, summed up in so many coded symbols that whoever has nearly the same set can
/// tell the difference: about 1.4 to 2 symbols for each element that only one of them has, however
/// many both have (rateless invertible Bloom lookup table; Yang, Gilad and Alizadeh, Practical
/// Rateless Set Reconciliation, SIGCOMM 2024, section 4). Where the paper counts elements in each
/// symbol, whose set an element is in is looked up here in one's own.
struct Sketch {
  static constexpr std::size_t symbols_max = 640;  ///< for a difference of some 400
  static constexpr std::size_t symbol_bytes = 12;
  struct Symbol {
    std::uint64_t sum = 0;
    std::uint32_t check = 0;
    friend bool operator==(const Symbol&, const Symbol&) = default;
  };
  std::uint32_t salt = 0;  ///< another one each time: nobody can choose elements that defeat it
  std::vector<Symbol> symbols;
};

[[nodiscard]] Sketch sketch_of(const std::vector<Element>& set, std::uint32_t salt,
                               std::size_t symbols);

/// By which two sets differ.
struct SketchDifference {
  std::vector<Element> only_ours;
  std::vector<Element> only_theirs;
};
/// Nothing if the sketch is too small for it.
[[nodiscard]] std::optional<SketchDifference> difference(const Sketch& theirs,
                                                         const std::vector<Element>& ours);

}  // namespace muster::overlay
