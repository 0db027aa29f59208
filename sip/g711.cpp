// SPDX-License-Identifier: Apache-2.0
#include "sip/g711.hpp"

// Only inline functions of SpanDSP are used, so that nothing of it is linked.
#include <spandsp/telephony.h>
//
#include <spandsp/bit_operations.h>
//
#include <spandsp/g711.h>

namespace muster::sip {

std::uint8_t g711_silence(G711 law) {
  return law == G711::pcmu ? linear_to_ulaw(0) : linear_to_alaw(0);
}

Bytes g711_encode(G711 law, std::span<const std::int16_t> samples) {
  Bytes codes;
  codes.reserve(samples.size());
  for (const auto sample : samples) {
    codes.push_back(law == G711::pcmu ? linear_to_ulaw(sample) : linear_to_alaw(sample));
  }
  return codes;
}

std::vector<std::int16_t> g711_decode(G711 law, BytesView codes) {
  std::vector<std::int16_t> samples;
  samples.reserve(codes.size());
  for (const auto code : codes) {
    samples.push_back(law == G711::pcmu ? ulaw_to_linear(code) : alaw_to_linear(code));
  }
  return samples;
}

}  // namespace muster::sip
