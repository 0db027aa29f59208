// SPDX-License-Identifier: Apache-2.0
#include "core/wire/message_packer.hpp"

#include <array>
#include <memory>

#include <zstd.h>

#include "core/base/freed_by.hpp"
#include "core/wire/dictionary_octets.hpp"

namespace muster::wire {
namespace {

constexpr std::uint8_t packed_octet = 0x10 + dictionary_newest;
constexpr std::array<std::uint8_t, 4> magic{0x28, 0xb5, 0x2f, 0xfd};
/// Texts of some hundred octets: the highest levels find nothing more and take ten times as long.
constexpr int level = 6;
/// Shorter ones are hardly made shorter.
constexpr std::size_t worth_packing = 32;

using Compressor = std::unique_ptr<ZSTD_CCtx, FreedBy<ZSTD_freeCCtx>>;
using Decompressor = std::unique_ptr<ZSTD_DCtx, FreedBy<ZSTD_freeDCtx>>;

/// Work space, not state: each frame stands for itself. A few hundred kilobytes for each thread
/// that packs, however many nodes it drives.
struct Workshop {
  Compressor compressor{ZSTD_createCCtx()};
  Decompressor decompressor{ZSTD_createDCtx()};
  Workshop() {
    const auto dictionary = dictionary_octets();
    ZSTD_CCtx* const set = compressor.get();
    ZSTD_CCtx_setParameter(set, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(set, ZSTD_c_dictIDFlag, 0);
    ZSTD_CCtx_setParameter(set, ZSTD_c_checksumFlag, 0);
    ZSTD_CCtx_loadDictionary(set, dictionary.data(), dictionary.size());
    ZSTD_DCtx_loadDictionary(decompressor.get(), dictionary.data(), dictionary.size());
  }
};

Workshop& workshop() {
  thread_local Workshop made;
  return made;
}

}  // namespace

std::optional<Bytes> pack(BytesView message) {
  if (message.size() < worth_packing) return std::nullopt;
  Bytes frame(ZSTD_compressBound(message.size()));
  const auto size = ZSTD_compress2(workshop().compressor.get(), frame.data(), frame.size(),
                                   message.data(), message.size());
  // What is left of the magic number is the octet that says what this is.
  if (ZSTD_isError(size) != 0 || size - magic.size() + 1 >= message.size()) return std::nullopt;
  frame.resize(size);
  frame.erase(frame.begin(), frame.begin() + magic.size() - 1);
  frame.front() = packed_octet;
  return frame;
}

bool is_packed(BytesView message) {
  return !message.empty() && message[0] > 0x10 && message[0] <= 0x1f;
}

std::optional<Bytes> unpack(BytesView packed, std::size_t bytes_max) {
  if (packed.empty() || packed[0] != packed_octet) return std::nullopt;
  Bytes frame(magic.begin(), magic.end());
  append(frame, packed.subspan(1));
  const auto size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > bytes_max)
    return std::nullopt;
  Bytes message(size);
  const auto written = ZSTD_decompressDCtx(workshop().decompressor.get(), message.data(),
                                           message.size(), frame.data(), frame.size());
  if (ZSTD_isError(written) != 0 || written != size) return std::nullopt;
  return message;
}

}  // namespace muster::wire
