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
  if (record.dictionary != 0) message.set_dictionary(record.dictionary);
  if (record.user_signature) {
    message.set_user_signature(record.user_signature->data(), record.user_signature->size());
  }
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
  record.dictionary = message.dictionary();
  const BytesView key = as_bytes(message.x25519_public());
  std::copy(key.begin(), key.end(), record.x25519_public.begin());
  if (const BytesView signature = as_bytes(message.user_signature()); !signature.empty()) {
    auto& into = record.user_signature.emplace();
    if (signature.size() != into.size()) return std::nullopt;
    std::copy(signature.begin(), signature.end(), into.begin());
  }
  return record;
}

}  // namespace muster::wire
