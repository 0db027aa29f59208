// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::sim {

/// One SIP message as a phone's trace shows it. Only what the books of a drill need is taken out.
struct TracedMessage {
  std::string source;  ///< "127.0.0.1:5080"
  std::string destination;
  std::string method;   ///< of a request, or of the request that a response answers
  unsigned status = 0;  ///< 0 for a request
  std::string call_id;
  std::string branch;  ///< of the topmost Via
  std::string from_user;
  std::string to_user;
  std::string rtp_statistics;  ///< X-RTP-Stat, if any
  std::string body;
};

/// Finds SIP messages in what baresip prints with `-s`: blocks between "ESC[36;1m#" and "ESC[;m".
/// Text may come in any pieces; everything else is skipped.
class SipTrace {
 public:
  static constexpr std::size_t block_bytes_max = 256 * 1024;

  void feed(std::string_view text);
  [[nodiscard]] std::optional<TracedMessage> poll();

 private:
  std::string pending_;
};

/// The number behind `name=` in "EX=BareSip;PR=250;PS=251;PL=0,0".
[[nodiscard]] std::optional<unsigned> statistic(std::string_view statistics, std::string_view name);

}  // namespace muster::sim
