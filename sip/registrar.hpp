// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "sip/location_table.hpp"
#include "sip/message.hpp"
#include "sip/registered_phone.hpp"

namespace muster::sip {

/// The registrar of the phones at this node: RFC 3261 section 10.3 from step 6 on. Whoever calls it
/// has authenticated the request.
///
/// A pure state machine over its location table.
class Registrar {
 public:
  struct Config {
    Duration expires_default = std::chrono::seconds{3600};
    Duration expires_min = std::chrono::seconds{60};
    Duration expires_max = std::chrono::seconds{3600};
    std::size_t contacts_per_user_max = 8;
  };
  struct Output {
    enum class Kind { phone_added, phone_removed, last_phone_removed };
    Kind kind;
    std::string aor;
    std::string source;  ///< address of the phone added
  };

  explicit Registrar(Config config) : config_(config) {}

  /// The response to a REGISTER for that AoR which came from `source`. All of it is done, or, if
  /// the response is a refusal, nothing.
  [[nodiscard]] Message receive(TimePoint now, std::string_view aor, const PhoneAddress& source,
                                const Message& request, std::string_view to_tag);
  /// What `snapshot` of an earlier life said; the bindings count as older than any other claim.
  void restore(TimePoint now, std::string_view aor, Binding binding);
  /// The connection from there has ended.
  void connection_ended(const PhoneAddress& source);
  /// The phone has registered at another node at that time. Forgets it here, and says so, if that
  /// is later than its last REGISTER here.
  bool yield(std::string_view aor, std::uint64_t instance, TimePoint registered_elsewhere_at);
  void advance(TimePoint now);
  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const { return location_.deadline(); }
  [[nodiscard]] const LocationTable& location() const { return location_; }
  /// The user's phones here that name themselves.
  [[nodiscard]] std::vector<RegisteredPhone> phones(std::string_view aor) const;
  /// Grows with every change that is worth remembering across a restart.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }

 private:
  struct Change {
    Binding binding;
    bool remove;
  };
  struct Plan {
    std::vector<Change> changes;
    unsigned refused = 0;
    std::string reason;
  };
  [[nodiscard]] Plan plan(TimePoint now, std::string_view aor, const PhoneAddress& source,
                          const Message& request) const;
  [[nodiscard]] Plan plan_removal_of_all(std::string_view aor, const Message& request) const;
  [[nodiscard]] std::size_t contacts_after(std::string_view aor, const Plan& plan) const;
  void carry_out(std::string_view aor, const Plan& plan);
  void removed_one(std::string_view aor);
  [[nodiscard]] Message listing(TimePoint now, std::string_view aor, const Message& request,
                                std::string_view to_tag) const;

  Config config_;
  LocationTable location_;
  std::uint64_t revision_ = 0;
  std::deque<Output> outputs_;
};

}  // namespace muster::sip
