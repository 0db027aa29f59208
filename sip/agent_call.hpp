// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.hpp"
#include "sip/agent_dialog.hpp"
#include "sip/agent_event.hpp"
#include "sip/agent_media.hpp"
#include "sip/agent_sdp.hpp"
#include "sip/message.hpp"
#include "sip/transaction_layer.hpp"

namespace muster::sip {

inline constexpr std::string_view agent_allow = "INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE";

enum class AgentCallState {
  calling,     ///< INVITE sent, nothing heard
  proceeding,  ///< a provisional response has come
  giving_up,   ///< to be cancelled, which may only be done after a provisional response
  cancelling,  ///< CANCEL sent
  ringing,     ///< we are called
  answering,   ///< 200 sent, ACK awaited
  leaving,     ///< as answering, and BYE is to follow the ACK
  established,
  ending,  ///< BYE sent
};

/// "dave@drill.example"
[[nodiscard]] std::string person_of(const Uri& uri);

/// The agent's one call.
struct AgentCall {
  AgentCallState state = AgentCallState::calling;
  std::string peer;
  IpAddress signalling;     ///< where the other side's SIP comes from
  Message invite;           ///< as last sent, or as received
  ClientNumber client = 0;  ///< of the INVITE we sent, later of our BYE
  ServerNumber server = 0;  ///< of the INVITE that we answer
  bool talked = false;
  std::string tag;                 ///< ours, where we are called
  AgentCallEnd end;                ///< why it is being ended
  std::optional<Message> success;  ///< the 2xx we repeat until its ACK
  Duration resend_interval{};
  std::optional<AgentDialog> dialog;
  std::optional<AgentAudio> audio;  ///< agreed; nothing while our offer is open
  std::uint32_t sdp_session = 0;
  unsigned sdp_version = 1;
  std::optional<AgentMedia> media;
};

}  // namespace muster::sip
