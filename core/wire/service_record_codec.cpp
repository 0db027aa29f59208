// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "core/base/plain_text.hpp"
#include "core/wire/protobuf_codec.hpp"
#include "core/wire/records.pb.h"
#include "core/wire/service_record.hpp"

namespace muster::wire {
namespace {

constexpr std::size_t bytes_max = 256;

// RFC 6335, section 5.1
constexpr std::size_t name_bytes_max = 15;

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool is_service_name(std::string_view name) {
  if (name.empty() || name.size() > name_bytes_max) return false;
  if (name.front() == '-' || name.back() == '-') return false;
  if (name.find("--") != std::string_view::npos) return false;
  return std::ranges::any_of(name, is_letter) &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

Bytes encode(const ServiceRecord& record) {
  proto::ServiceRecord message;
  message.set_note(record.note);
  return serialise(message);
}

std::optional<ServiceRecord> parse_service_record(BytesView bytes) {
  proto::ServiceRecord message;
  if (!read(message, bytes, bytes_max) || message.note().size() > ServiceRecord::note_bytes_max ||
      !is_plain_text(message.note())) {
    return std::nullopt;
  }
  return ServiceRecord{message.note()};
}

}  // namespace muster::wire
