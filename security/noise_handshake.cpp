// SPDX-License-Identifier: Apache-2.0
#include "security/noise_handshake.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>
#include <vector>

namespace muster::security {
namespace {

enum Token : int { e, s, ee, es, se, ss };

/// One row of the tables of section 7; the pre-messages are static keys in all of them.
struct PatternRow {
  std::string_view name;
  bool initiator_static_known;
  bool responder_static_known;
  std::vector<std::vector<Token>> messages;
};

const PatternRow& row(NoisePattern pattern) {
  static const std::array<PatternRow, 9> rows{{
      {"Noise_N_25519_ChaChaPoly_SHA256", false, true, {{e, es}}},
      {"Noise_K_25519_ChaChaPoly_SHA256", true, true, {{e, es, ss}}},
      {"Noise_X_25519_ChaChaPoly_SHA256", false, true, {{e, es, s, ss}}},
      {"Noise_NK_25519_ChaChaPoly_SHA256", false, true, {{e, es}, {e, ee}}},
      {"Noise_KK_25519_ChaChaPoly_SHA256", true, true, {{e, es, ss}, {e, ee, se}}},
      {"Noise_XK_25519_ChaChaPoly_SHA256", false, true, {{e, es}, {e, ee}, {s, se}}},
      {"Noise_IK_25519_ChaChaPoly_SHA256", false, true, {{e, es, s, ss}, {e, ee, se}}},
      {"Noise_XX_25519_ChaChaPoly_SHA256", false, false, {{e}, {e, ee, s, es}, {s, se}}},
      {"Noise_IX_25519_ChaChaPoly_SHA256", false, false, {{e, s}, {e, ee, se, s, es}}},
  }};
  return rows.at(static_cast<std::size_t>(pattern));
}

std::optional<Key32> key_from(BytesView octets) {
  if (octets.size() != 32) return std::nullopt;
  Key32 key{};
  std::copy(octets.begin(), octets.end(), key.begin());
  return key;
}

}  // namespace

std::string_view noise_protocol_name(NoisePattern pattern) { return row(pattern).name; }

std::optional<NoisePattern> noise_pattern_named(std::string_view protocol_name) {
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(NoisePattern::ix); ++i) {
    if (row(NoisePattern{i}).name == protocol_name) return NoisePattern{i};
  }
  return std::nullopt;
}

NoiseHandshake::NoiseHandshake(NoisePattern pattern, NoiseRole role, BytesView prologue,
                               NoiseKeys keys)
    : pattern_(pattern),
      role_(role),
      state_(row(pattern).name),
      static_(std::move(keys.static_private)),
      ephemeral_(keys.ephemeral_private),
      remote_static_(keys.remote_static) {
  state_.mix_hash(prologue);
  const auto mix_static_of = [&](NoiseRole owner) {
    assert(owner == role_ ? static_.has_value() : remote_static_.has_value());
    state_.mix_hash(owner == role_ ? x25519_public(static_->octets) : *remote_static_);
  };
  if (row(pattern).initiator_static_known) mix_static_of(NoiseRole::initiator);
  if (row(pattern).responder_static_known) mix_static_of(NoiseRole::responder);
}

bool NoiseHandshake::our_turn() const {
  return !finished() && (step_ % 2 == 0) == (role_ == NoiseRole::initiator);
}

bool NoiseHandshake::finished() const { return step_ == row(pattern_).messages.size(); }

bool NoiseHandshake::mix_dh(const Secret32& own, const std::optional<Key32>& remote) {
  // Section 12.1 leaves the all-zero result to the implementation; refusing it costs nothing.
  const auto shared = remote ? x25519(own.octets, *remote) : std::nullopt;
  if (!shared) return false;
  state_.mix_key(Secret32{*shared}.octets);
  return true;
}

bool NoiseHandshake::mix_token_dh(int token) {
  const bool initiator = role_ == NoiseRole::initiator;
  switch (token) {
    case ee:
      return mix_dh(ephemeral_, remote_ephemeral_);
    case ss:
      return static_ && mix_dh(*static_, remote_static_);
    case es:
      return initiator ? mix_dh(ephemeral_, remote_static_)
                       : static_ && mix_dh(*static_, remote_ephemeral_);
    default:
      return initiator ? static_ && mix_dh(*static_, remote_ephemeral_)
                       : mix_dh(ephemeral_, remote_static_);
  }
}

std::optional<Bytes> NoiseHandshake::write(BytesView payload) {
  assert(our_turn());
  Bytes message;
  for (const Token token : row(pattern_).messages[step_]) {
    if (token == e) {
      const Key32 ephemeral = x25519_public(ephemeral_.octets);
      append(message, ephemeral);
      state_.mix_hash(ephemeral);
    } else if (token == s) {
      assert(static_.has_value());
      append(message, state_.encrypt_and_hash(x25519_public(static_->octets)));
    } else if (!mix_token_dh(token)) {
      return std::nullopt;
    }
  }
  append(message, state_.encrypt_and_hash(payload));
  ++step_;
  return message;
}

std::optional<Bytes> NoiseHandshake::read(BytesView message) {
  if (finished() || our_turn()) return std::nullopt;
  NoiseHandshake next = *this;
  auto payload = next.read_step(message);
  if (payload) *this = next;
  return payload;
}

std::optional<Bytes> NoiseHandshake::read_step(BytesView message) {
  for (const Token token : row(pattern_).messages[step_]) {
    if (token == e) {
      if (message.size() < 32) return std::nullopt;
      remote_ephemeral_ = key_from(message.first(32));
      state_.mix_hash(message.first(32));
      message = message.subspan(32);
    } else if (token == s) {
      const std::size_t size = state_.has_key() ? 32 + aead_tag_bytes : 32;
      if (message.size() < size) return std::nullopt;
      const auto opened = state_.decrypt_and_hash(message.first(size));
      if (!opened) return std::nullopt;
      remote_static_ = key_from(*opened);
      message = message.subspan(size);
    } else if (!mix_token_dh(token)) {
      return std::nullopt;
    }
  }
  ++step_;
  return state_.decrypt_and_hash(message);
}

NoiseTransportKeys NoiseHandshake::split() const {
  assert(finished());
  NoiseTransportKeys keys = state_.split();
  if (role_ == NoiseRole::responder) std::swap(keys.send, keys.receive);
  return keys;
}

}  // namespace muster::security
