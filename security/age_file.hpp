// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/ports/random.hpp"

/// Files sealed under a passphrase in the published age format, version 1 (age-encryption.org/v1,
/// C2SP), with the one recipient kind `scrypt`; any age program reads and writes them too.
namespace muster::security {

/// scrypt takes 128 * 8 * 2^work_factor octets of memory, and time in proportion.
inline constexpr unsigned age_work_factor_default = 17;  ///< 128 MiB, under a second on a laptop

struct AgeLimits {
  /// 1 GiB of memory; what asks for more is refused, for a file is input from outside.
  unsigned work_factor_max = 20;
  std::size_t header_bytes_max = 4096;
  std::size_t file_bytes_max = 64 * 1024 * 1024;
};

/// Whether `file` starts as age files do.
[[nodiscard]] bool is_age_file(BytesView file);

/// `work_factor` from 1 to 20. Fails only if scrypt cannot have its memory.
[[nodiscard]] Result<Bytes> age_seal(std::string_view passphrase, BytesView plaintext,
                                     ports::Random& random,
                                     unsigned work_factor = age_work_factor_default);

/// The plaintext, or one sentence: not an age file, not for a passphrase, the wrong passphrase,
/// damaged, beyond a limit.
[[nodiscard]] Result<Bytes> age_open(std::string_view passphrase, BytesView file,
                                     const AgeLimits& limits = {});

}  // namespace muster::security
