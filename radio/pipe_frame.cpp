// SPDX-License-Identifier: Apache-2.0
#include "radio/pipe_frame.hpp"

#include <boost/crc.hpp>

namespace muster::radio {
namespace {

constexpr std::size_t check_bytes = 2;
constexpr std::size_t run_max = 254;  // COBS: octets without a zero after one code

std::uint16_t check_of(BytesView content) {
  boost::crc_optimal<16, 0x1021, 0xffff, 0xffff, true, true> crc;
  crc.process_bytes(content.data(), content.size());
  return static_cast<std::uint16_t>(crc.checksum());
}

}  // namespace

Bytes encode_pipe_frame(BytesView content) {
  const std::uint16_t check = check_of(content);
  Bytes checked = to_bytes(content);
  // Low octet first (RFC 1662, C.2).
  checked.push_back(static_cast<std::uint8_t>(check));
  checked.push_back(static_cast<std::uint8_t>(check >> 8));
  Bytes out;
  out.reserve(content.size() + pipe_frame_overhead(content.size()));
  out.push_back(0);
  std::size_t code = out.size();
  out.push_back(1);
  for (std::size_t i = 0; i < checked.size(); ++i) {
    if (checked[i] != 0) {
      out.push_back(checked[i]);
      ++out[code];
    }
    const bool run_full = out[code] == run_max + 1 && i + 1 < checked.size();
    if (checked[i] == 0 || run_full) {
      code = out.size();
      out.push_back(1);
    }
  }
  out.push_back(0);
  return out;
}

std::optional<Bytes> PipeDecoder::take(BytesView& input) {
  while (!input.empty()) {
    const std::uint8_t octet = input.front();
    input = input.subspan(1);
    if (octet == 0) {
      dropping_ = false;
      const Bytes stuffed = std::move(stuffed_);
      stuffed_.clear();
      if (stuffed.empty()) continue;
      if (auto content = unstuffed(stuffed)) return content;
    } else if (!dropping_) {
      stuffed_.push_back(octet);
      if (stuffed_.size() >
          limits_.content_bytes_max + pipe_frame_overhead(limits_.content_bytes_max)) {
        ++counters_.oversize;
        dropping_ = true;
        stuffed_.clear();
      }
    }
  }
  return std::nullopt;
}

std::optional<Bytes> PipeDecoder::unstuffed(BytesView stuffed) {
  Bytes content;
  content.reserve(stuffed.size());
  while (!stuffed.empty()) {
    const std::size_t run = stuffed.front() - std::size_t{1};
    if (run > stuffed.size() - 1) {
      ++counters_.bad_stuffing;
      return std::nullopt;
    }
    append(content, stuffed.subspan(1, run));
    stuffed = stuffed.subspan(1 + run);
    if (run < run_max && !stuffed.empty()) content.push_back(0);
  }
  if (content.size() <= check_bytes) {
    ++counters_.bad_check;
    return std::nullopt;
  }
  const std::size_t size = content.size() - check_bytes;
  const std::uint16_t check = static_cast<std::uint16_t>(content[size] | content[size + 1] << 8);
  if (check != check_of(BytesView{content}.first(size))) {
    ++counters_.bad_check;
    return std::nullopt;
  }
  content.resize(size);
  if (size > limits_.content_bytes_max) {
    ++counters_.oversize;
    return std::nullopt;
  }
  return content;
}

}  // namespace muster::radio
