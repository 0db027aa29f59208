// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "core/base/ids.hpp"

namespace muster::mesh {

/// NodeIds in two octets, for links of little airtime: their first two, for the nodes of a roster
/// that all have. On the wire a name is these two octets, or two of zero and the whole NodeId where
/// they do not tell the node from another one, or the node stands in no roster.
///
/// Two nodes with different rosters may take one name for different nodes only if the newer roster
/// has a node that begins like one of the older; then a packet goes astray, and nobody can open it.
class ShortNames {
 public:
  static constexpr std::size_t short_bytes = 2;
  static constexpr std::size_t whole_bytes = short_bytes + NodeId::size;

  /// Each node once.
  void add(const NodeId& node) {
    digest_ += mixed(node);
    const std::uint16_t name = first_octets(node);
    const auto [found, added] = nodes_.try_emplace(name, node);
    if (!added && found->second != node) found->second.reset();
  }
  [[nodiscard]] bool empty() const { return nodes_.empty(); }
  /// The same for all who were given the same nodes, in whatever order; 0 without any. By chance
  /// the same for others once in four thousand million times.
  [[nodiscard]] std::uint32_t digest() const {
    const auto folded = static_cast<std::uint32_t>(digest_ ^ digest_ >> 32);
    return nodes_.empty() ? 0 : std::max<std::uint32_t>(folded, 1);
  }
  [[nodiscard]] std::size_t bytes_of(const NodeId& node) const {
    return short_for(node) ? short_bytes : whole_bytes;
  }
  void write(ByteWriter& writer, const NodeId& node) const {
    if (short_for(node)) {
      writer.u16(first_octets(node));
    } else {
      writer.u16(0).raw(node.view());
    }
  }
  /// Nothing for a name that is not known here, or not of one node alone; the reader has failed if
  /// there was no name at all.
  [[nodiscard]] std::optional<NodeId> read(ByteReader& reader) const {
    const std::uint16_t name = reader.u16();
    if (name == 0) return reader.id<NodeId>();
    const auto found = nodes_.find(name);
    return found == nodes_.end() ? std::nullopt : found->second;
  }

 private:
  /// NodeIds are digests already: their octets need no more than to be told from those of sums.
  [[nodiscard]] static std::uint64_t mixed(const NodeId& node) {
    std::uint64_t mixed = 0;
    for (const std::uint8_t octet : node.octets) mixed = (mixed ^ octet) * 0x100000001b3U;
    return mixed ^ mixed >> 29;
  }
  [[nodiscard]] static std::uint16_t first_octets(const NodeId& node) {
    return static_cast<std::uint16_t>(node.octets[0] << 8 | node.octets[1]);
  }
  [[nodiscard]] bool short_for(const NodeId& node) const {
    const std::uint16_t name = first_octets(node);
    const auto found = nodes_.find(name);
    return name != 0 && found != nodes_.end() && found->second == node;
  }

  std::uint64_t digest_ = 0;
  std::map<std::uint16_t, std::optional<NodeId>> nodes_;  ///< nothing: several nodes begin so
};

}  // namespace muster::mesh
