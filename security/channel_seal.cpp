// SPDX-License-Identifier: Apache-2.0
#include "security/channel_seal.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "security/datagram_type.hpp"

namespace muster::security {
namespace {

tl::unexpected<ChannelError> refuse(ChannelError error) { return tl::make_unexpected(error); }

}  // namespace

ChannelSeal::ChannelSeal(const NodeId& self, std::uint32_t boot, const Key32& discovery_key,
                         const mesh::ShortNames& names, Limits limits)
    : self_(self),
      extracted_(hkdf_extract({}, discovery_key)),
      names_(names),
      limits_(limits),
      own_key_(key_of(self)),
      next_{boot, 0} {}

Key16 ChannelSeal::key_of(const NodeId& node) const {
  Bytes info = to_bytes(as_bytes("muster channel 1"));
  append(info, node.view());
  Key16 key{};
  const Bytes expanded = hkdf_expand(extracted_.octets, info, key.size());
  std::copy(expanded.begin(), expanded.end(), key.begin());
  return key;
}

ChannelSeal::Sender* ChannelSeal::sender(const NodeId& node) {
  const auto found = senders_.find(node);
  if (found != senders_.end()) return &found->second;
  if (senders_.size() >= limits_.senders_max) return nullptr;
  return &senders_.emplace(node, Sender{key_of(node), {}}).first->second;
}

Bytes ChannelSeal::seal(BytesView plaintext) {
  assert(next_.number != std::numeric_limits<std::uint32_t>::max());
  const BootNumber number = next_;
  ++next_.number;
  const bool whole = number.number % limits_.whole_every == 0;
  ByteWriter writer;
  writer.u8(static_cast<std::uint8_t>(whole ? DatagramType::channel_whole : DatagramType::channel));
  names_.write(writer, self_);
  if (whole) {
    writer.u32(number.boot).u32(number.number);
  } else {
    writer.u8(static_cast<std::uint8_t>(number.boot));
    writer.u16(static_cast<std::uint16_t>(number.number));
  }
  Bytes datagram = writer.take();
  append(datagram,
         ccm8_seal(own_key_, ccm8_nonce(number.boot, number.number), datagram, plaintext));
  return datagram;
}

Result<ChannelSeal::Opened, ChannelError> ChannelSeal::open(BytesView datagram) {
  auto opened = open_counted(datagram);
  if (opened) {
    ++counters_.opened;
    return opened;
  }
  switch (opened.error()) {
    case ChannelError::malformed:
      ++counters_.malformed;
      break;
    case ChannelError::unknown_sender:
      ++counters_.unknown;
      break;
    case ChannelError::repeated:
      ++counters_.repeated;
      break;
    case ChannelError::forged:
      ++counters_.forged;
      break;
    case ChannelError::own:
      break;
  }
  return opened;
}

Result<ChannelSeal::Opened, ChannelError> ChannelSeal::open_counted(BytesView datagram) {
  ByteReader reader{datagram};
  const auto type = static_cast<DatagramType>(reader.u8());
  const bool whole = type == DatagramType::channel_whole;
  if (!whole && type != DatagramType::channel) return refuse(ChannelError::malformed);
  const auto from = names_.read(reader);
  BootNumber said;
  if (whole) {
    said.boot = reader.u32();
    said.number = reader.u32();
  } else {
    said.boot = reader.u8();
    said.number = reader.u16();
  }
  if (reader.failed()) return refuse(ChannelError::malformed);
  if (!from) return refuse(ChannelError::unknown_sender);
  if (*from == self_) return refuse(ChannelError::own);
  const BytesView sealed = reader.remainder();
  const BytesView header = datagram.first(datagram.size() - sealed.size());
  Sender* const known = sender(*from);
  if (known == nullptr) return refuse(ChannelError::unknown_sender);
  if (!whole) {
    said = known->window.whole(static_cast<std::uint8_t>(said.boot),
                               static_cast<std::uint16_t>(said.number));
  }
  const auto verdict = known->window.judge(said);
  if (verdict == BootWindow::Verdict::repeated) return refuse(ChannelError::repeated);
  auto plaintext = ccm8_open(known->key, ccm8_nonce(said.boot, said.number), header, sealed);
  if (!plaintext) return refuse(ChannelError::forged);
  const bool far = verdict == BootWindow::Verdict::far;
  const std::uint32_t missed = far ? 0 : known->window.take(said);
  return Opened{*from, said, missed, far, std::move(*plaintext)};
}

void ChannelSeal::vouched(const NodeId& node, const BootNumber& next) {
  Sender* const known = node == self_ ? nullptr : sender(node);
  if (known == nullptr) return;
  const auto& newest = known->window.newest();
  if (newest && next <= *newest) return;
  known->window.begin_at(next);
}

}  // namespace muster::security
