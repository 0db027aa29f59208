// SPDX-License-Identifier: Apache-2.0
#include "node/direct_datagrams.hpp"

#include <algorithm>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::node {
namespace {

constexpr std::uint8_t version = 1;

}  // namespace

DirectDatagrams::DirectDatagrams(NodeId self, const security::Key32& discovery_key,
                                 ports::Random& random, Limits limits)
    : self_(self),
      limits_(limits),
      sealer_(discovery_key, random,
              {header_bytes + limits.message_bytes_max, limits.cached_keys_max},
              security::SealUse::direct),
      answer_bytes_(static_cast<double>(limits.answer_bytes_burst)) {}

bool DirectDatagrams::may_answer(TimePoint now, std::size_t octets) {
  const double passed = std::chrono::duration<double>(now - answered_at_).count();
  answered_at_ = now;
  answer_bytes_ =
      std::min(static_cast<double>(limits_.answer_bytes_burst),
               answer_bytes_ + passed * static_cast<double>(limits_.answer_bytes_per_s));
  if (answer_bytes_ < static_cast<double>(octets)) return false;
  answer_bytes_ -= static_cast<double>(octets);
  return true;
}

std::optional<Bytes> DirectDatagrams::seal(TimePoint now, BytesView message, bool is_answer,
                                           std::size_t datagram_bytes_max) {
  const auto octets = security::BeaconSealer::overhead_bytes + header_bytes + message.size();
  if (message.size() > limits_.message_bytes_max || octets > datagram_bytes_max) {
    ++counters_.too_large;
    return std::nullopt;
  }
  if (is_answer && !may_answer(now, octets)) {
    ++counters_.too_many;
    return std::nullopt;
  }
  return sealer_.seal(ByteWriter{}.u8(version).raw(self_.view()).raw(message).view());
}

std::optional<DirectDatagrams::Opened> DirectDatagrams::open(BytesView datagram) {
  const auto plaintext = sealer_.open(datagram);
  if (!plaintext) {
    ++counters_.foreign;
    return std::nullopt;
  }
  ByteReader reader{*plaintext};
  const auto said = reader.u8();
  Opened opened{reader.id<NodeId>(), to_bytes(reader.remainder())};
  if (reader.failed() || said != version || opened.from == self_ || opened.message.empty()) {
    ++counters_.malformed;
    return std::nullopt;
  }
  return opened;
}

}  // namespace muster::node
