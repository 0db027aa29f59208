// SPDX-License-Identifier: Apache-2.0
#include "node/user_prekeys.hpp"

#include <algorithm>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::node {
namespace {

constexpr std::string_view state_name = "user_prekeys";
constexpr std::uint8_t format = 1;

std::uint64_t seconds_of(std::chrono::seconds duration) {
  return static_cast<std::uint64_t>(duration.count());
}

}  // namespace

void UserPrekeys::start(TimePoint now, const std::vector<std::string>& users) {
  started_ = now;
  users_ = users;
  if (users_.size() > limits_.users_max) users_.resize(limits_.users_max);
  if (const auto stored = store_.find(state_name)) load(*stored);
  renew(now);
}

bool UserPrekeys::serve(TimePoint now, const std::vector<std::string>& users) {
  users_ = users;
  if (users_.size() > limits_.users_max) users_.resize(limits_.users_max);
  return renew(now);
}

std::uint64_t UserPrekeys::powered_on_s(TimePoint now) const {
  return before_s_ + seconds_of(std::chrono::duration_cast<std::chrono::seconds>(now - started_));
}

void UserPrekeys::load(BytesView stored) {
  ByteReader reader(stored);
  const bool known = reader.u8() == format;
  const std::uint64_t before_s = reader.u64();
  const std::uint32_t count = reader.u32();
  Keys keys;
  for (std::uint32_t i = 0; known && i < count && !reader.failed(); ++i) {
    const std::string aor{as_text(reader.block16())};
    Held held;
    held.id = reader.u32();
    const BytesView key = reader.raw(held.private_key.octets.size());
    std::copy(key.begin(), key.end(), held.private_key.octets.begin());
    held.born_s = reader.u64();
    keys[aor].push_back(held);
  }
  if (!known || !reader.finished()) {
    ++counters_.unreadable_stored;
    return;
  }
  before_s_ = before_s;
  keys_ = std::move(keys);
}

Bytes UserPrekeys::encode(std::uint64_t now_s, const Keys& keys) const {
  std::uint32_t count = 0;
  for (const auto& [aor, held] : keys) count += static_cast<std::uint32_t>(held.size());
  ByteWriter writer;
  writer.u8(format).u64(now_s).u32(count);
  for (const auto& [aor, all] : keys) {
    for (const Held& held : all) {
      writer.block16(as_bytes(aor)).u32(held.id).raw(held.private_key.octets).u64(held.born_s);
    }
  }
  return writer.take();
}

UserPrekeys::Keys UserPrekeys::renewed(std::uint64_t now_s) const {
  Keys keys;
  for (const auto& aor : users_) {
    const auto at = keys_.find(aor);
    auto& all = keys[aor];
    if (at != keys_.end()) all = at->second;
    if (all.empty() || all.back().born_s + seconds_of(limits_.renewed_after) <= now_s) {
      Held held;
      held.id = all.empty() ? 1 : all.back().id + 1;
      random_.fill(held.private_key.octets);
      held.born_s = now_s;
      all.push_back(held);
    }
    while (all.size() > 1 && (all.size() > limits_.per_user_max ||
                              all[1].born_s + seconds_of(limits_.kept_after_successor) <= now_s)) {
      all.erase(all.begin());
    }
  }
  return keys;
}

/// Stored first; what cannot be stored is not used, and tried again with the next note.
bool UserPrekeys::renew(TimePoint now) {
  note_at_ = now + limits_.note_powered_on_every;
  Keys keys = renewed(powered_on_s(now));
  Bytes encoded = encode(powered_on_s(now), keys);
  const bool stored = store_.put(state_name, encoded);
  security::cleanse(encoded);
  if (!stored) {
    ++counters_.store_failures;
    return false;
  }
  bool news = false;
  for (const auto& [aor, all] : keys) {
    const auto before = keys_.find(aor);
    const std::size_t held = before == keys_.end() ? 0 : before->second.size();
    const bool made = held == 0 || before->second.back().id != all.back().id;
    counters_.made += made;
    counters_.erased += held + made - all.size();
    news |= made;
  }
  keys_ = std::move(keys);
  return news;
}

bool UserPrekeys::advance(TimePoint now) { return note_at_ && *note_at_ <= now && renew(now); }

std::optional<security::Prekey> UserPrekeys::newest(std::string_view aor) const {
  const auto at = keys_.find(aor);
  if (at == keys_.end()) return std::nullopt;
  const Held& held = at->second.back();
  return security::Prekey{held.id, security::x25519_public(held.private_key.octets)};
}

std::vector<security::Secret32> UserPrekeys::all(std::string_view aor) const {
  std::vector<security::Secret32> keys;
  const auto at = keys_.find(aor);
  if (at == keys_.end()) return keys;
  for (auto held = at->second.rbegin(); held != at->second.rend(); ++held) {
    keys.push_back(held->private_key);
  }
  return keys;
}

}  // namespace muster::node
