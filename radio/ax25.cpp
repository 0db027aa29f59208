// SPDX-License-Identifier: Apache-2.0
#include "radio/ax25.hpp"

#include <algorithm>
#include <charconv>

namespace muster::radio {
namespace {

// AX.25 2.2: sections 3.12 (addresses), 3.3.1 (control), 3.4 (protocol identifier).
constexpr std::size_t call_sign_size = 6;
constexpr std::uint8_t last_address = 0x01;
constexpr std::uint8_t command_bit = 0x80;
constexpr std::uint8_t reserved_bits = 0x60;  // set when unused
constexpr std::uint8_t unnumbered_information = 0x03;
constexpr std::uint8_t poll_final = 0x10;
constexpr std::uint8_t no_layer_3 = 0xf0;
constexpr unsigned number_max = 15;

bool is_call_sign_octet(std::uint8_t octet) {
  return (octet >= 'A' && octet <= 'Z') || (octet >= '0' && octet <= '9');
}

void append_address(Bytes& out, const Ax25Station& station, std::uint8_t flags) {
  const auto& octets = station.octets();
  for (std::size_t i = 0; i < call_sign_size; ++i) {
    out.push_back(static_cast<std::uint8_t>(octets[i] << 1));
  }
  out.push_back(static_cast<std::uint8_t>(octets[call_sign_size] << 1 | reserved_bits | flags));
}

std::optional<Ax25Station> read_address(BytesView field) {
  std::array<std::uint8_t, Ax25Station::octets_size> octets{};
  for (std::size_t i = 0; i < call_sign_size; ++i) {
    if ((field[i] & 1) != 0) return std::nullopt;
    octets[i] = field[i] >> 1;
  }
  octets[call_sign_size] = field[call_sign_size] >> 1 & number_max;
  return Ax25Station::from_octets(octets);
}

}  // namespace

std::optional<Ax25Station> Ax25Station::from_octets(BytesView octets) {
  if (octets.size() != octets_size || octets[call_sign_size] > number_max) return std::nullopt;
  const auto call = octets.first(call_sign_size);
  const auto end = std::find(call.begin(), call.end(), ' ');
  if (end == call.begin() || !std::all_of(call.begin(), end, is_call_sign_octet) ||
      !std::all_of(end, call.end(), [](std::uint8_t octet) { return octet == ' '; })) {
    return std::nullopt;
  }
  std::array<std::uint8_t, octets_size> copy{};
  std::copy(octets.begin(), octets.end(), copy.begin());
  return Ax25Station{copy};
}

std::optional<Ax25Station> Ax25Station::parse(std::string_view text) {
  const auto dash = text.find('-');
  const auto call = text.substr(0, dash);
  if (call.empty() || call.size() > call_sign_size) return std::nullopt;
  std::array<std::uint8_t, octets_size> octets{' ', ' ', ' ', ' ', ' ', ' ', 0};
  std::transform(call.begin(), call.end(), octets.begin(), [](char c) {
    return static_cast<std::uint8_t>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  });
  if (dash != std::string_view::npos) {
    const auto digits = text.substr(dash + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), octets[call_sign_size]);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  }
  return from_octets(octets);
}

std::string Ax25Station::text() const {
  std::string text(octets_.begin(), octets_.begin() + call_sign_size);
  text.erase(text.find_last_not_of(' ') + 1);
  if (octets_[call_sign_size] != 0) text += "-" + std::to_string(octets_[call_sign_size]);
  return text;
}

std::optional<Ax25Frame> Ax25Frame::parse(BytesView bytes) {
  constexpr std::size_t address_bytes = call_sign_size + 1;
  if (bytes.size() < header_bytes) return std::nullopt;
  const auto from_field = bytes.subspan(address_bytes, address_bytes);
  const auto to = read_address(bytes.first(address_bytes));
  const auto from = read_address(from_field);
  if (!to || !from || (bytes[address_bytes - 1] & last_address) != 0 ||
      (from_field.back() & last_address) == 0) {
    return std::nullopt;
  }
  const auto control = static_cast<std::uint8_t>(bytes[header_bytes - 2] & ~poll_final);
  if (control != unnumbered_information || bytes[header_bytes - 1] != no_layer_3) {
    return std::nullopt;
  }
  return Ax25Frame{*to, *from, bytes.subspan(header_bytes)};
}

Bytes Ax25Frame::encode() const {
  Bytes out;
  out.reserve(header_bytes + information.size());
  append_address(out, to, command_bit);
  append_address(out, from, last_address);
  out.push_back(unnumbered_information);
  out.push_back(no_layer_3);
  append(out, information);
  return out;
}

}  // namespace muster::radio
