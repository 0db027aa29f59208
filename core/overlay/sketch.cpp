// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/sketch.hpp"

#include <algorithm>
#include <cmath>

namespace muster::overlay {
namespace {

/// The finaliser of splitmix64 (Steele, Lea and Flood 2014).
std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31);
}

/// Which symbols an element is in: index i with probability 1 / (1 + i / 2), the first always.
class Indices {
 public:
  Indices(Element element, std::uint32_t salt)
      : state_(mix(element ^ mix(salt + 0x9e3779b97f4a7c15U))),
        check_(static_cast<std::uint32_t>(mix(state_ ^ 0xd1b54a32d192ed03U) >> 32)) {}

  [[nodiscard]] std::uint32_t check() const { return check_; }
  [[nodiscard]] std::size_t at() const { return at_; }
  /// False if the next is not below `end`. Square root, quotient and product are exact to the last
  /// bit in IEEE 754, and no sum follows a product: every machine comes to the same.
  bool next(std::size_t end) {
    state_ += 0x9e3779b97f4a7c15U;
    const auto drawn = static_cast<double>(mix(state_) >> 11) + 1;  // 1 to 2^53
    const double stretch = 94906265.62425156 / std::sqrt(drawn);    // sqrt(2^53) / sqrt(drawn)
    const double reach = static_cast<double>(at_) + 1.5;
    const double gap = std::ceil(reach * (stretch - 1));
    if (!(gap < static_cast<double>(end))) return false;
    at_ += std::max<std::size_t>(1, static_cast<std::size_t>(gap));
    return at_ < end;
  }

 private:
  std::uint64_t state_;
  std::uint32_t check_;
  std::size_t at_ = 0;
};

/// Puts the element in, or takes it out again.
void turn(std::vector<Sketch::Symbol>& symbols, Element element, std::uint32_t salt,
          std::vector<std::size_t>* touched = nullptr) {
  if (symbols.empty()) return;
  Indices indices(element, salt);
  do {
    auto& symbol = symbols[indices.at()];
    symbol.sum ^= element;
    symbol.check ^= indices.check();
    if (touched != nullptr) touched->push_back(indices.at());
  } while (indices.next(symbols.size()));
}

}  // namespace

Element element_of(const Item& item) {
  const auto version = static_cast<std::uint64_t>(item.version.epoch) << 32 | item.version.sequence;
  return mix(item.hash ^ mix(version ^ mix(item.check)));
}

Sketch sketch_of(const std::vector<Element>& set, std::uint32_t salt, std::size_t symbols) {
  Sketch sketch{salt, std::vector<Sketch::Symbol>(std::min(symbols, Sketch::symbols_max))};
  for (const Element element : set) turn(sketch.symbols, element, salt);
  return sketch;
}

std::optional<SketchDifference> difference(const Sketch& theirs, const std::vector<Element>& ours) {
  auto symbols = theirs.symbols;
  for (const Element element : ours) turn(symbols, element, theirs.salt);
  auto sorted = ours;
  std::sort(sorted.begin(), sorted.end());
  SketchDifference found;
  std::vector<std::size_t> to_look_at(symbols.size());
  for (std::size_t i = 0; i < symbols.size(); ++i) to_look_at[i] = i;
  // Each element found is one symbol that is used up, so a forged sketch ends too.
  while (!to_look_at.empty() &&
         found.only_ours.size() + found.only_theirs.size() <= symbols.size()) {
    const auto at = to_look_at.back();
    to_look_at.pop_back();
    const auto symbol = symbols[at];
    if (symbol == Sketch::Symbol{} || Indices(symbol.sum, theirs.salt).check() != symbol.check) {
      continue;
    }
    const bool here = std::binary_search(sorted.begin(), sorted.end(), symbol.sum);
    (here ? found.only_ours : found.only_theirs).push_back(symbol.sum);
    turn(symbols, symbol.sum, theirs.salt, &to_look_at);
  }
  const bool all = std::all_of(symbols.begin(), symbols.end(),
                               [](const auto& symbol) { return symbol == Sketch::Symbol{}; });
  return all && !symbols.empty() ? std::optional(std::move(found)) : std::nullopt;
}

}  // namespace muster::overlay
