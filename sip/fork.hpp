// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sip/hop.hpp"
#include "sip/message.hpp"
#include "sip/response_context.hpp"
#include "sip/transaction_layer.hpp"

namespace muster::sip {

using ForkNumber = std::uint64_t;

/// One place where a request goes.
struct Target {
  Hop hop;
  std::optional<Uri> request_uri;  ///< of a phone its contact; for a node it stays as it is
};

/// Who waits for the outcome of a MESSAGE: a server transaction with the request as it came, an
/// attempt to deliver one that is stored, or one that came sealed and is shown here.
struct MessageWaiter {
  struct Request {
    ServerNumber server;
    Message request;
    bool of_phone;  ///< is told 202 when the message is kept instead
    CSeq cseq;      ///< of the message: that of `request`, or of what it repeats
  };
  struct Attempt {
    std::uint64_t id;
  };
  struct Show {
    std::uint64_t number;
    std::string identity;
  };
  std::variant<Request, Attempt, Show> who;
};

/// A request on its way from here to one or more hops. A visit is the REGISTER of a phone whose
/// user is not at home here, on its way to a home.
struct Fork {
  enum class Purpose { plain, call, message, visit };

  Purpose purpose;
  ServerNumber server;  ///< 0 for a message, which has waiters
  Hop origin;
  Message request;  ///< as it came, without the routes that were ours
  ResponseContext context;
  std::string from;  ///< AoRs
  std::string to;
  std::map<ClientNumber, Hop> branches;

  // Of an INVITE only: nodes in it that the mesh has lost, and since when.
  std::map<NodeId, TimePoint> lost;
  std::optional<TimePoint> look_for_nodes_at;

  // Of a message only.
  std::string identity;
  std::vector<MessageWaiter> waiters;
  std::optional<TimePoint> answer_by;
  bool kept = false;

  /// Once the outcome is known: kept only for repeated 2xx of its branches.
  std::optional<TimePoint> forget_at;
};

}  // namespace muster::sip
