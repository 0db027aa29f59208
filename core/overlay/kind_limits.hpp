// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "core/overlay/record.hpp"

namespace muster::overlay {

/// RELOAD's data models (RFC 6940, section 7.2), as far as a record with one writer can have them.
enum class DataModel : std::uint8_t {
  single,      ///< the resource names its writer: one value
  dictionary,  ///< one value for each writer of the resource
  array,       ///< entries that name themselves by a hash, by whomever: their order says nothing
};

/// What a kind's records may be (RFC 6940, section 7.4.1.1: max-size and max-count).
struct KindLimits {
  DataModel model = DataModel::dictionary;
  std::size_t value_bytes_max = Record::value_bytes_max;
  std::size_t per_resource_max = 64;  ///< writers of one resource
  std::size_t per_writer_max = 512;   ///< resources of one writer
};

/// Of a kind that this version does not know, what any record may be.
[[nodiscard]] KindLimits limits_of(Kind kind);

}  // namespace muster::overlay
