// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/link_address.hpp"
#include "core/base/time.hpp"
#include "security/noise_handshake.hpp"
#include "security/session.hpp"
#include "security/session_resend.hpp"
#include "security/session_wire.hpp"

/// What SessionTable keeps of each handshake, session and peer.
namespace muster::security {

enum class SessionFailure : std::uint8_t {
  unanswered,
  unconfirmed,
  certificate_refused,
  wrong_peer
};
[[nodiscard]] std::string_view to_string(SessionFailure failure);

/// A handshake we began.
struct SessionInitiation {
  NodeId peer;
  LinkPath path;
  NoisePattern pattern;
  NoiseHandshake noise;
  Bytes datagram;
  SessionResend resend;
  SessionFailure reason = SessionFailure::unanswered;
  bool hurried = false;    ///< a cookie has come for it and it was sent again at once
  bool listening = false;  ///< an IK of which no more is sent, since XX is tried: it may be slow
};

/// An XX we answered, whose third message is awaited.
struct SessionHalfOpen {
  LinkPath path;
  std::uint32_t peer_index = 0;
  NoiseHandshake noise;
  Digest32 asked{};
  Bytes answer;
  TimePoint expires;
};

enum class SessionStage : std::uint8_t { awaiting_first_frame, live };

struct SessionEntry {
  Session session;
  NodeId peer;
  LinkPath path;
  std::uint32_t peer_boot = 0;
  NoiseRole role = NoiseRole::initiator;
  SessionStage stage = SessionStage::awaiting_first_frame;
  std::uint64_t number = 0;  ///< given when it goes live
  Digest32 asked{};          ///< the peer's datagram that made it, so that a repetition is known
  Bytes repeat{};            ///< ik_second, or our xx_third
  std::optional<SessionResend> resend{};  ///< until the first frame of the peer
  TimePoint born{};
  TimePoint heard{};
  TimePoint renew_at{};
  TimePoint superseded{};
};

struct SessionPeer {
  std::uint32_t current = 0;  ///< index of the session in use; 0 is none
  std::optional<std::uint32_t> boot;
};

}  // namespace muster::security
