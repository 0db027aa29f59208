// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "sip/location_table.hpp"
#include "sip/message.hpp"

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
  /// A phone of the user was added (`registered`), or the last one is gone.
  struct Output {
    std::string aor;
    bool registered;
    std::string source;  ///< address of the phone added
  };

  explicit Registrar(Config config) : config_(config) {}

  /// The response to a REGISTER for that AoR which came from `source`. All of it is done, or, if
  /// the response is a refusal, nothing.
  [[nodiscard]] Message receive(TimePoint now, std::string_view aor, const IpEndpoint& source,
                                const Message& request, std::string_view to_tag);
  void advance(TimePoint now);
  [[nodiscard]] std::optional<Output> poll();
  [[nodiscard]] std::optional<TimePoint> deadline() const { return location_.deadline(); }
  [[nodiscard]] const LocationTable& location() const { return location_; }

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
  [[nodiscard]] Plan plan(TimePoint now, std::string_view aor, const IpEndpoint& source,
                          const Message& request) const;
  [[nodiscard]] Plan plan_removal_of_all(std::string_view aor, const Message& request) const;
  [[nodiscard]] std::size_t contacts_after(std::string_view aor, const Plan& plan) const;
  void carry_out(std::string_view aor, const Plan& plan);
  [[nodiscard]] Message listing(TimePoint now, std::string_view aor, const Message& request,
                                std::string_view to_tag) const;

  Config config_;
  LocationTable location_;
  std::deque<Output> outputs_;
};

}  // namespace muster::sip
