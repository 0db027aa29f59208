// SPDX-License-Identifier: Apache-2.0
#include "sim/trace_hash.hpp"

#include "security/crypto.hpp"

namespace muster::sim {

void TraceHash::note(TimePoint at, What what, std::uint32_t host, std::uint64_t detail) {
  ++events_;
  block_.u64(static_cast<std::uint64_t>(at.time_since_epoch().count()))
      .u8(static_cast<std::uint8_t>(what))
      .u32(host)
      .u64(detail);
  if (block_.size() >= block_bytes) close_block();
}

void TraceHash::note(TimePoint at, What what, std::uint32_t host, BytesView content) {
  note(at, what, host, content.size());
  block_.raw(content);
}

void TraceHash::close_block() {
  chain_ = closed();
  block_ = {};
}

Bytes TraceHash::closed() const {
  Bytes text = chain_;
  append(text, block_.view());
  return to_bytes(security::sha256(text));
}

std::string TraceHash::sha256() const { return to_hex(closed()); }

}  // namespace muster::sim
