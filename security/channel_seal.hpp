// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "core/base/boot_window.hpp"
#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "core/base/result.hpp"
#include "core/mesh/short_names.hpp"
#include "security/ccm8.hpp"
#include "security/crypto.hpp"
#include "security/secret.hpp"

namespace muster::security {

enum class ChannelError : std::uint8_t {
  malformed,
  unknown_sender,  ///< its name stands for nobody, or for too many
  own,             ///< one of ours, come back
  repeated,
  forged,  ///< of another overlay, damaged, or of a start that is not known here yet
};

/// Seals frames that all members on a narrow channel are to hear, as IEEE 802.15.4 does with a key
/// of the whole network: a key per sender that follows from the overlay's discovery key, and a
/// number that is never used twice because starts are counted on stable storage. No handshake, 14
/// octets.
///
/// It proves that a member speaks, and hides everything from strangers. It does not prove which
/// member: who holds the discovery key can speak in another's name. So it is for what members may
/// lie about anyway: who hears whom, which way leads where. Layout in docs/protocol/channel.md.
class ChannelSeal {
 public:
  static constexpr std::size_t short_overhead_bytes = 1 + 2 + 1 + 2 + ccm8_tag_bytes;
  static constexpr std::size_t whole_overhead_bytes = 1 + 2 + 4 + 4 + ccm8_tag_bytes;
  struct Limits {
    unsigned whole_every = 16;       ///< frames: so often numbers are told whole
    std::size_t senders_max = 4096;  ///< 64 octets each
  };
  struct Opened {
    NodeId from;
    BootNumber number;
    std::uint32_t missed = 0;  ///< frames of it that did not come since the last one
    /// It speaks of a start that cannot be believed: only what is signed may be taken from it, and
    /// then vouched() is to be told.
    bool far = false;
    Bytes plaintext;
  };
  struct Counters {
    std::uint64_t opened = 0;
    std::uint64_t malformed = 0;
    std::uint64_t unknown = 0;
    std::uint64_t repeated = 0;
    std::uint64_t forged = 0;
  };

  /// `names` outlives this.
  ChannelSeal(const NodeId& self, std::uint32_t boot, const Key32& discovery_key,
              const mesh::ShortNames& names)
      : ChannelSeal(self, boot, discovery_key, names, Limits{}) {}
  ChannelSeal(const NodeId& self, std::uint32_t boot, const Key32& discovery_key,
              const mesh::ShortNames& names, Limits limits);

  [[nodiscard]] Bytes seal(BytesView plaintext);
  [[nodiscard]] Result<Opened, ChannelError> open(BytesView datagram);
  /// The sender has signed that its next frame has this number.
  void vouched(const NodeId& sender, const BootNumber& next);
  /// Of our next frame.
  [[nodiscard]] BootNumber next() const { return next_; }
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct Sender {
    Key16 key{};
    BootWindow window;
  };
  [[nodiscard]] Key16 key_of(const NodeId& node) const;
  [[nodiscard]] Sender* sender(const NodeId& node);
  [[nodiscard]] Result<Opened, ChannelError> open_counted(BytesView datagram);

  NodeId self_;
  Secret32 extracted_;  ///< HKDF's pseudo-random key
  const mesh::ShortNames& names_;
  Limits limits_;
  Key16 own_key_{};
  BootNumber next_;
  std::map<NodeId, Sender> senders_;
  Counters counters_;
};

}  // namespace muster::security
