// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "security/crypto.hpp"

/// The text header of an age file that has one scrypt stanza:
///
///   age-encryption.org/v1
///   -> scrypt SALT LOG2_N
///   WRAPPED_FILE_KEY
///   --- MAC
namespace muster::security {

struct AgeHeader {
  std::array<std::uint8_t, 16> salt{};
  unsigned work_factor = 0;
  std::array<std::uint8_t, 32> wrapped_file_key{};
};

/// The header up to and including "---": what the MAC is over.
[[nodiscard]] std::string age_header_text(const AgeHeader& header);

struct ReadAgeHeader {
  AgeHeader header;
  std::string authenticated;  ///< what the MAC is over
  Digest32 mac{};
  std::size_t size = 0;  ///< octets of the file before the payload
};
[[nodiscard]] Result<ReadAgeHeader> read_age_header(BytesView file, std::size_t header_bytes_max);

/// RFC 4648 base64 without padding, as age writes it.
[[nodiscard]] std::string base64_unpadded(BytesView octets);
/// Nothing unless `text` is the canonical encoding of some octets.
[[nodiscard]] std::optional<Bytes> from_base64_unpadded(std::string_view text);

}  // namespace muster::security
