// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/distribution.hpp"

namespace muster::sim {

/// What became of the messages of a drill, as the phones saw it.
class MessageBook {
 public:
  struct Message {
    std::string from;
    std::string to;
    std::string text;
    TimePoint sent;
    std::optional<TimePoint> accepted;  ///< 2xx at the sender's phone
    std::optional<unsigned> refused;    ///< any other final status
    std::optional<TimePoint> shown;
  };
  struct Totals {
    std::uint64_t sent = 0;
    std::uint64_t accepted = 0;
    std::uint64_t delivered = 0;
    std::uint64_t duplicates = 0;          ///< shown once more after having been acknowledged
    std::uint64_t out_of_order = 0;        ///< shown before one that the same user had sent earlier
    std::optional<double> delivery_ratio;  ///< delivered of sent
    Distribution latency;                  ///< from the sender's phone to the other's
    std::uint64_t text_bytes = 0;          ///< of those delivered
  };

  /// A number for the message, from 0.
  std::size_t sent(TimePoint now, std::string from, std::string to, std::string text);
  /// The node's final answer to the sender's phone.
  void answered(TimePoint now, std::size_t message, unsigned status);
  /// A phone showed a message as a new one; gives the one it is, or nothing if nobody sent such
  /// a one or all such have been shown.
  const Message* shown(TimePoint now, const std::string& from, const std::string& to,
                       const std::string& text);

  /// Of a message in this book, as `sent` gave it.
  [[nodiscard]] std::size_t number_of(const Message& message) const {
    return static_cast<std::size_t>(&message - messages_.data());
  }
  [[nodiscard]] const Message& at(std::size_t message) const { return messages_.at(message); }
  /// Of the messages that were sent at `since` or later.
  [[nodiscard]] Totals totals(TimePoint since = TimePoint::min()) const;
  [[nodiscard]] const std::vector<Message>& all() const { return messages_; }

 private:
  std::vector<Message> messages_;
  std::uint64_t duplicates_ = 0;
  std::uint64_t out_of_order_ = 0;
};

}  // namespace muster::sim
