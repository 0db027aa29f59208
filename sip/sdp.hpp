// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ip_endpoint.hpp"

namespace muster::sip {

/// One media description, as far as media must be relayed.
struct SdpStream {
  std::string media;       ///< "audio", "video" ...
  bool is_rtp = false;     ///< carried as RTP, whatever the profile
  std::uint16_t port = 0;  ///< 0: refused or switched off (RFC 3264 section 6)
  /// Where its owner receives; nothing if refused, on hold by 0.0.0.0, or named by a host name.
  std::optional<IpEndpoint> rtp;
  std::optional<IpEndpoint> rtcp;  ///< RFC 3605, else the next port
  bool rtcp_mux = false;           ///< offered or taken (RFC 5761)
  bool held = false;               ///< by the address 0.0.0.0 (RFC 2543's hold)
};

/// A session description (RFC 8866) in which the addresses of streams can be changed and nothing
/// else: every other octet stays as it came.
class Sdp {
 public:
  static constexpr std::size_t bytes_max = 16 * 1024;
  static constexpr std::size_t streams_max = 16;

  /// Nothing if it does not begin with v=0, if a line that must be read is malformed, or if a
  /// limit is passed.
  [[nodiscard]] static std::optional<Sdp> parse(std::string_view text);
  [[nodiscard]] std::string str() const;

  [[nodiscard]] const std::vector<SdpStream>& streams() const { return streams_; }
  /// Somebody neither sends nor listens: any direction but sendrecv, or the address 0.0.0.0.
  [[nodiscard]] bool on_hold() const { return on_hold_; }

  /// Has stream `index` come to `rtp`, its RTCP to the port above: in m=, in the c= that counts
  /// for it, and in a=rtcp where that is. A stream that is refused, or on hold by its address,
  /// stays so.
  void redirect(std::size_t index, const IpEndpoint& rtp);

 private:
  struct Lines {  ///< where in `lines_` the parts of one stream are
    std::size_t media = 0;
    std::optional<std::size_t> connection;
    std::optional<std::size_t> rtcp;
  };

  bool read_line(std::size_t number);
  bool read_media(std::size_t number, std::string_view value);
  bool read_attribute(std::size_t number, std::string_view value);
  bool resolve_addresses();

  std::vector<std::string> lines_;  ///< each with its line end
  std::optional<std::size_t> session_connection_;
  std::vector<SdpStream> streams_;
  std::vector<Lines> places_;
  bool on_hold_ = false;
};

}  // namespace muster::sip
