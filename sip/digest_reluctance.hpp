// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "sip/message.hpp"

namespace muster::sip {

/// Knows the phones that give up at the sight of a SHA-256 challenge instead of passing on to the
/// MD5 one beside it, as RFC 8760 section 2.4 asks. Some by their User-Agent: libre before 3.12,
/// so baresip, gives up with "Function not implemented", whatever the order. The others by what
/// they do: a phone that was offered both and comes back without credentials gets MD5 alone.
///
/// Nothing is given away by this: whoever could provoke it on the way could as well remove the
/// SHA-256 challenge.
class DigestReluctance {
 public:
  static constexpr std::size_t unanswered_max = 256;  ///< phones remembered, some 100 bytes each

  [[nodiscard]] bool wants_md5_alone(const Message& request) const;
  /// `request` has been offered both algorithms.
  void offered_both(const Message& request);
  /// `request` has credentials.
  void answered(const Message& request);

 private:
  std::set<std::string> unanswered_;
};

/// The version of baresip in a User-Agent is one without SHA-256.
[[nodiscard]] bool is_baresip_before_sha256(std::string_view user_agent);

}  // namespace muster::sip
