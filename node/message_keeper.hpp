// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtn/outbox.hpp"
#include "core/dtn/seen_messages.hpp"
#include "node/report.hpp"
#include "node/user_prekeys.hpp"
#include "sip/stored_messages.hpp"

namespace muster::node {

/// The messages that wait at this node and those already shown here, as the SIP edge sees them.
class MessageKeeper final : public sip::StoredMessages {
 public:
  /// As long as a prekey opens what was sealed to it: else somebody who kept a sealed message
  /// could have it shown once more.
  static constexpr std::chrono::seconds remembered = UserPrekeysLimits{}.renewed_after +
                                                     UserPrekeysLimits{}.kept_after_successor +
                                                     std::chrono::hours{24};

  MessageKeeper(ports::MessageStore& messages, ports::SeenStore& seen,
                const dtn::Outbox::Limits& limits, std::uint64_t seed)
      : outbox_(messages, limits, seed), seen_(seen, {.remembered = remembered}) {}

  void start(TimePoint now);

  // sip::StoredMessages
  [[nodiscard]] bool waiting_for(std::string_view aor) const override;
  [[nodiscard]] sip::KeepResult keep(TimePoint now, std::string_view from, std::string_view to,
                                     std::string_view identity, BytesView request) override;
  [[nodiscard]] bool seen(std::string_view identity) const override;
  [[nodiscard]] bool mark_seen(TimePoint now, std::string_view identity) override;

  [[nodiscard]] dtn::Outbox& outbox() { return outbox_; }
  [[nodiscard]] const dtn::Outbox& outbox() const { return outbox_; }
  /// Recipients of messages that wait. AoRs without scheme.
  [[nodiscard]] std::vector<std::string> recipients(TimePoint now) const;
  [[nodiscard]] std::vector<MessageReport> report(TimePoint now) const;

 private:
  dtn::Outbox outbox_;
  dtn::SeenMessages seen_;
};

}  // namespace muster::node
