// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "core/base/bytes.hpp"
#include "core/base/ip_endpoint.hpp"
#include "sip/agent_media.hpp"

namespace muster::sip {

/// Why a call is over, or never was.
struct AgentCallEnd {
  enum class Cause {
    hung_up_here,
    hung_up_there,
    no_answer,  ///< it rang until we gave up
    refused,    ///< `status` and `reason` say why
    failed,     ///< no audio in common, or the other side fell silent
  };
  Cause cause = Cause::hung_up_here;
  unsigned status = 0;
  std::string reason;
};

/// What the agent wants sent.
struct AgentSend {
  IpEndpoint to;
  Bytes message;
};
using AgentSendMedia = AgentMedia::Packet;

// What the person at the agent sees and hears. Persons are named as in AoRs, "dave@drill.example".
struct AgentRegistered {
  std::uint32_t seconds;
};
struct AgentNotRegistered {
  unsigned status;
  std::string reason;
  bool tries_again;
};
/// The registration that unregister() was to end has ended, or the registrar is silent.
struct AgentUnregistered {};
struct AgentRinging {
  std::string peer;
};
struct AgentCalled {
  std::string peer;
};
struct AgentTalking {
  std::string peer;
  AudioCodec codec;  ///< that we speak
};
struct AgentCallEnded {
  std::string peer;
  AgentCallEnd end;
  bool talked;  ///< the call was established
};
using AgentHeard = AgentMedia::Heard;
using AgentSaid = AgentMedia::Said;
struct AgentTextArrived {
  std::string peer;
  std::string text;
};
struct AgentTextAnswered {
  std::uint64_t number;
  unsigned status;  ///< 200 delivered, 202 kept for later; from 300 on refused, 408 no answer
  std::string reason;
};

using AgentEvent =
    std::variant<AgentSend, AgentSendMedia, AgentRegistered, AgentNotRegistered, AgentUnregistered,
                 AgentRinging, AgentCalled, AgentTalking, AgentCallEnded, AgentHeard, AgentSaid,
                 AgentTextArrived, AgentTextAnswered>;

}  // namespace muster::sip
