// SPDX-License-Identifier: Apache-2.0
#include "sim/io/pcap_file.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace muster::sim {
namespace {

// Of the format.
struct FileHeader {
  std::uint32_t magic = 0xa1b23c4d;
  std::uint16_t major = 2;
  std::uint16_t minor = 4;
  std::uint32_t zone = 0;
  std::uint32_t accuracy = 0;
  std::uint32_t frame_bytes_max = 262'144;
  std::uint32_t link_type = 1;  // Ethernet
};
struct FrameHeader {
  std::uint32_t seconds;
  std::uint32_t nanoseconds;
  std::uint32_t captured;
  std::uint32_t length;
};

// Ours: the medium must not wait for a disk with every frame.
constexpr std::size_t buffer_bytes = 1024 * 1024;

}  // namespace

Result<PcapFile> PcapFile::create(const std::filesystem::path& path) {
  std::FILE* file = std::fopen(path.c_str(), "wbe");
  if (file == nullptr)
    return fail(
        fmt::format("{}: {}; give another path to --pcap", path.string(), std::strerror(errno)));
  PcapFile pcap(file);
  std::setvbuf(file, nullptr, _IOFBF, buffer_bytes);
  const FileHeader header;
  pcap.failed_ = std::fwrite(&header, sizeof header, 1, file) != 1;
  return pcap;
}

void PcapFile::write(Duration since_start, BytesView frame) {
  const auto length = static_cast<std::uint32_t>(frame.size());
  const FrameHeader header{static_cast<std::uint32_t>(since_start.count() / 1'000'000'000),
                           static_cast<std::uint32_t>(since_start.count() % 1'000'000'000), length,
                           length};
  if (std::fwrite(&header, sizeof header, 1, file_.get()) != 1 ||
      std::fwrite(frame.data(), 1, frame.size(), file_.get()) != frame.size()) {
    failed_ = true;
  }
}

}  // namespace muster::sim
