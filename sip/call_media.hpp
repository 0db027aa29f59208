// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sip/call_table.hpp"
#include "sip/hop.hpp"
#include "sip/media_anchor.hpp"
#include "sip/message.hpp"

namespace muster::sip {

/// Shows the SDP of passing messages to the media anchor: learned where it comes from a phone
/// here, redirected to this node where it goes to one from afar. Between two phones of this node
/// media goes directly, unless only one of them is on this very machine.
class CallMedia {
 public:
  /// `local`: this node's address as its phones see it.
  CallMedia(MediaSockets& sockets, IpAddress local, MediaAnchor::Limits limits)
      : anchor_(sockets, limits), local_(local) {}

  /// `message`, of the call (nothing is done if there is none), goes from hop to hop; its body may
  /// be changed.
  void pass(TimePoint now, const Hop& from, const Hop& to, const Call* call, Message& message);
  void end(std::string_view call_id) { anchor_.end(media_key(call_id)); }

  [[nodiscard]] MediaAnchor& anchor() { return anchor_; }
  [[nodiscard]] const MediaAnchor& anchor() const { return anchor_; }
  /// Session descriptions that could not be anchored: no port, no room, or not to be read.
  [[nodiscard]] std::uint64_t not_anchored() const { return not_anchored_; }

 private:
  MediaAnchor anchor_;
  IpAddress local_;
  std::uint64_t not_anchored_ = 0;
};

}  // namespace muster::sip
