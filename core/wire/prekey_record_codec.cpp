// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "core/wire/prekey_record.hpp"
#include "core/wire/protobuf_codec.hpp"
#include "core/wire/records.pb.h"

namespace muster::wire {
namespace {
constexpr std::size_t bytes_max = 128;
}

Bytes encode(const PrekeyRecord& record) {
  proto::PrekeyRecord message;
  message.set_id(record.id);
  message.set_x25519_public(record.x25519_public.data(), record.x25519_public.size());
  return serialise(message);
}

std::optional<PrekeyRecord> parse_prekey_record(BytesView bytes) {
  proto::PrekeyRecord message;
  PrekeyRecord record;
  if (!read(message, bytes, bytes_max) ||
      message.x25519_public().size() != record.x25519_public.size()) {
    return std::nullopt;
  }
  record.id = message.id();
  const BytesView key = as_bytes(message.x25519_public());
  std::copy(key.begin(), key.end(), record.x25519_public.begin());
  return record;
}

}  // namespace muster::wire
