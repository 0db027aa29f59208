// SPDX-License-Identifier: Apache-2.0
#include "radio/kiss.hpp"

namespace muster::radio {
namespace {

// KISS, section 2.
constexpr std::uint8_t fend = 0xc0;
constexpr std::uint8_t fesc = 0xdb;
constexpr std::uint8_t tfend = 0xdc;
constexpr std::uint8_t tfesc = 0xdd;

void append_escaped(Bytes& out, std::uint8_t octet) {
  if (octet == fend) {
    out.insert(out.end(), {fesc, tfend});
  } else if (octet == fesc) {
    out.insert(out.end(), {fesc, tfesc});
  } else {
    out.push_back(octet);
  }
}

}  // namespace

Bytes encode_kiss(std::uint8_t type, BytesView content) {
  Bytes out;
  out.reserve(content.size() + content.size() / 8 + 4);
  // A delimiter in front as well: noise on the line before it is not taken for our frame.
  out.push_back(fend);
  append_escaped(out, type);
  for (const std::uint8_t octet : content) append_escaped(out, octet);
  out.push_back(fend);
  return out;
}

std::optional<KissFrame> KissDecoder::take(BytesView& input) {
  while (!input.empty()) {
    const std::uint8_t octet = input.front();
    input = input.subspan(1);
    if (octet != fend) {
      take_octet(octet);
      continue;
    }
    const bool whole = state_ == State::in_frame && !frame_.empty();
    if (state_ == State::escaped) ++counters_.bad_escapes;
    state_ = State::in_frame;
    Bytes frame = std::move(frame_);
    frame_.clear();
    if (whole) return KissFrame{frame.front(), {frame.begin() + 1, frame.end()}};
  }
  return std::nullopt;
}

void KissDecoder::take_octet(std::uint8_t octet) {
  switch (state_) {
    case State::unsynchronised:
      ++counters_.noise_bytes;
      return;
    case State::dropping:
      return;
    case State::in_frame:
      if (octet == fesc) {
        state_ = State::escaped;
        return;
      }
      break;
    case State::escaped:
      if (octet != tfend && octet != tfesc) {
        // The specification goes on with the frame, which is then not what was sent.
        ++counters_.bad_escapes;
        state_ = State::dropping;
        frame_.clear();
        return;
      }
      octet = octet == tfend ? fend : fesc;
      state_ = State::in_frame;
      break;
  }
  if (frame_.size() >= limits_.frame_bytes_max) {
    ++counters_.oversize;
    state_ = State::dropping;
    frame_.clear();
    return;
  }
  frame_.push_back(octet);
}

}  // namespace muster::radio
