// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ip_endpoint.hpp"
#include "sip/audio_codec.hpp"

namespace muster::sip {

/// What offer and answer (RFC 3264) leave the agent to do: one stream of Opus or G.711.
struct AgentAudio {
  IpEndpoint to;       ///< where the other side receives; port 0 while it does not
  AudioFormat speaks;  ///< by the other side's number
  std::vector<AudioFormat> understands;  ///< by our numbers
  bool sends = true;                     ///< we may send
  bool hears = true;                     ///< the other side may send

  friend bool operator==(const AgentAudio&, const AgentAudio&) = default;
};

/// How the agent describes its own side. `session` and `version` go into o= (RFC 8866 section 5.2).
struct AgentSdpOrigin {
  IpEndpoint media;
  std::uint32_t session = 1;
  unsigned version = 1;
};

struct AgentSdpAnswer {
  AgentAudio audio;
  std::string sdp;
};

/// Opus, PCMU and PCMA, in this order, both directions.
[[nodiscard]] std::string agent_sdp_offer(const AgentSdpOrigin& own);
/// Takes the first audio stream over RTP/AVP with a codec of ours, that which the offer prefers,
/// and refuses all other streams; nothing if there is none.
[[nodiscard]] std::optional<AgentSdpAnswer> agent_sdp_answer(std::string_view offer,
                                                             const AgentSdpOrigin& own);
/// What the other side's answer to our offer means; nothing if it refused or cannot be read.
[[nodiscard]] std::optional<AgentAudio> agent_sdp_agreed(std::string_view answer);

}  // namespace muster::sip
