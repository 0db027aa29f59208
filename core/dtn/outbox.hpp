// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/seeded_random.hpp"
#include "core/base/time.hpp"
#include "core/ports/message_store.hpp"

namespace muster::dtn {

/// Names an accepted message at this node, over restarts; grows with acceptance.
struct MessageId {
  std::uint64_t number = 0;
  friend auto operator<=>(const MessageId&, const MessageId&) = default;
};

struct WaitingMessage {
  static constexpr std::size_t identity_bytes_max = 64;
  std::string identity;  ///< the same for every attempt; tells copies from new messages
  std::string from;      ///< AoR
  std::string to;        ///< AoR; messages to one recipient go in order
  Bytes request;         ///< the SIP request as it was accepted
  std::chrono::seconds accepted_age{0};
  std::chrono::seconds lifetime{0};  ///< by age, not by clock; 0 = the default
};

enum class Refusal { over_quota, too_large, storage_failed };
[[nodiscard]] std::string_view to_string(Refusal refusal);

enum class MessageState : std::uint8_t {
  waiting = 1,
  attempting = 2,
  delivered = 3,
  expired = 4,
  rejected = 5,
};
[[nodiscard]] std::string_view to_string(MessageState state);

/// How an attempt ended.
enum class Outcome {
  delivered,    ///< the recipient has it
  unreachable,  ///< or could not take it now: to be tried again
  rejected,     ///< and will be rejected every time
};

struct OutboxLimits {
  std::size_t quota_bytes_max = 64 * 1024 * 1024;  ///< of waiting messages, in memory and on disk
  std::size_t messages_max = 100000;
  std::size_t request_bytes_max = 32768;
  std::size_t aor_bytes_max = 512;
  std::size_t settled_max = 1000;  ///< remembered without their text, for honest status
  std::chrono::seconds lifetime_default = std::chrono::hours{24 * 7};
  std::chrono::seconds lifetime_max = std::chrono::hours{24 * 31};
  Duration attempt_timeout = std::chrono::seconds{60};
  Duration retry_min = std::chrono::seconds{2};
  Duration retry_max = std::chrono::minutes{2};
  double retry_growth = 1.5;
  Duration note_powered_on_every = std::chrono::minutes{10};
};

/// Keeps accepted messages until the recipient has them: on disk before they are accepted, in
/// order per recipient, tried when the recipient is within reach, over any number of restarts.
///
/// A pure state machine. Whoever drives it makes the attempts and reports every outcome; a message
/// is settled on disk before the next goes out. After a crash an attempt whose outcome was not
/// noted is made again under the same identity: the far end tells copies apart.
class Outbox {
 public:
  using Limits = OutboxLimits;
  struct Attempt {
    MessageId id;
    WaitingMessage message;
  };
  /// The lifetime ended before the recipient was reached.
  struct Expired {
    MessageId id;
    std::string identity;
    std::string from;
    std::string to;
  };
  using Output = std::variant<Attempt, Expired>;

  struct Status {
    MessageId id;
    std::string from;
    std::string to;
    MessageState state{};
    std::chrono::seconds age{};
    std::uint32_t attempts = 0;
  };
  struct Counters {
    std::uint64_t accepted = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t refused_over_quota = 0;
    std::uint64_t refused_too_large = 0;
    std::uint64_t store_failures = 0;
    std::uint64_t unreadable_stored = 0;
    std::uint64_t delivered = 0;
    std::uint64_t rejected = 0;
    std::uint64_t expired = 0;
    std::uint64_t attempts_timed_out = 0;
  };

  Outbox(ports::MessageStore& store, Limits limits, std::uint64_t seed);

  /// Loads what waits. Nobody counts as reachable until said so.
  void start(TimePoint now);
  /// How long an answer takes on the slowest link: an attempt is given time accordingly, and the
  /// next one waits.
  void set_pace(Duration answer_within);

  /// Returns once the message is on stable storage. A message whose identity is known already, also
  /// as settled, is not taken twice: the answer is the first one's id.
  Result<MessageId, Refusal> submit(TimePoint now, WaitingMessage message);

  /// Tries at once; said again of one who is reachable already, soon, but not at the pace of such
  /// news.
  void recipient_reachable(TimePoint now, std::string_view to);
  void recipient_unreachable(TimePoint now, std::string_view to);
  /// Of the attempt under way; also accepted for a message that is waiting, if it is good news from
  /// an earlier attempt. Anything else is ignored.
  void outcome(TimePoint now, MessageId id, Outcome outcome);
  void advance(TimePoint now);

  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const;

  [[nodiscard]] bool has_waiting(std::string_view to) const;
  [[nodiscard]] std::optional<MessageId> find(std::string_view identity) const;
  /// A message that waits or is attempted; null if there is none (any more) by that id. Lives until
  /// the next call that is not const.
  [[nodiscard]] const WaitingMessage* waiting_message(MessageId id) const;
  [[nodiscard]] std::size_t waiting() const { return waiting_; }
  [[nodiscard]] std::size_t waiting_bytes() const { return bytes_; }
  /// Waiting and settled, in the order of acceptance.
  [[nodiscard]] std::vector<Status> list(TimePoint now) const;
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  [[nodiscard]] std::optional<TimePoint> first_due() const;
  struct Held {
    WaitingMessage message;
    MessageState state = MessageState::waiting;
    TimePoint accepted;
    std::uint32_t attempts = 0;
  };
  struct Recipient {
    bool reachable = false;
    std::deque<MessageId> queue;
    std::optional<TimePoint> attempt_until;  ///< the first of the queue is being attempted
    TimePoint retry_at{};
    Duration retry_pause{};
  };

  [[nodiscard]] std::int64_t powered_on_s(TimePoint now) const;
  [[nodiscard]] ports::StoredMessage stored(MessageId id, const Held& held) const;
  [[nodiscard]] static std::size_t cost(const WaitingMessage& message);
  void load(TimePoint now, ports::StoredMessage stored);
  void enqueue(MessageId id, Held held);
  void settle(TimePoint now, MessageId id, MessageState state);
  void remember_settled(MessageId id);
  void attempt(TimePoint now, Recipient& recipient);
  void attempt_failed(TimePoint now, Recipient& recipient);
  void expire(TimePoint now);
  void note_powered_on(TimePoint now);
  [[nodiscard]] static TimePoint expires(const Held& held);

  ports::MessageStore& store_;
  Limits limits_;
  Limits usual_;  ///< where no link is slow
  SeededRandom random_;
  std::map<MessageId, Held> messages_;
  std::map<std::string, MessageId, std::less<>> by_identity_;
  std::map<std::string, Recipient, std::less<>> recipients_;
  std::deque<MessageId> settled_;
  std::size_t waiting_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t last_id_ = 0;
  TimePoint started_{};
  std::int64_t powered_on_before_s_ = 0;
  std::optional<TimePoint> note_at_;
  std::optional<TimePoint> next_expiry_;  ///< or earlier
  /// Asked for after everything a node does, and mostly the same as before.
  mutable std::optional<std::optional<TimePoint>> deadline_;
  std::deque<Output> out_;
  Counters counters_;
};

}  // namespace muster::dtn
