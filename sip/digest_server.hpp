// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/ports/random.hpp"
#include "sip/digest.hpp"
#include "sip/digest_reluctance.hpp"
#include "sip/message.hpp"

namespace muster::sip {

/// Who asks for credentials: a registrar (401, WWW-Authenticate, Authorization) or a proxy (407,
/// Proxy-Authenticate, Proxy-Authorization).
enum class DigestRole { registrar, proxy };

[[nodiscard]] constexpr unsigned challenge_status(DigestRole role) {
  return role == DigestRole::registrar ? 401 : 407;
}

enum class DigestVerdict {
  accepted,
  missing,    ///< no credentials for our realm: challenge
  stale,      ///< right, but with a nonce that has had its time: challenge with stale=true
  wrong,      ///< unknown user or wrong password: challenge again, or refuse
  malformed,  ///< 400
};

/// Asks for digest credentials and checks them (RFC 3261 section 22, RFC 7616, RFC 8760), with
/// qop=auth only. A nonce carries its age, its number and what it was asked for under an HMAC, so
/// nothing is kept for those who never answer; for each nonce that was answered the counts already
/// seen are kept, so that no request can be replayed.
class DigestServer {
 public:
  struct Limits {
    Duration nonce_age_max = std::chrono::minutes{5};
    std::size_t nonces_max = 1024;  ///< answered nonces remembered, some 80 bytes each
  };
  struct Outcome {
    DigestVerdict verdict = DigestVerdict::missing;
    std::string username;  ///< as claimed; proven only if accepted
  };
  using FindVerifier = std::function<std::optional<DigestVerifier>(std::string_view username)>;

  DigestServer(std::string realm, ports::Random& random, Limits limits);
  DigestServer(std::string realm, ports::Random& random)
      : DigestServer(std::move(realm), random, Limits{}) {}

  /// The response that asks for credentials: SHA-256 first, then MD5 (RFC 8760 section 2.4); MD5
  /// alone for phones that would give up (DigestReluctance).
  [[nodiscard]] Message challenge(TimePoint now, const Message& request, DigestRole role,
                                  std::string_view to_tag, bool stale = false);

  /// Checks the credentials in `request`. An accepted count is used up: a retransmission must have
  /// been caught by the transaction layer before.
  [[nodiscard]] Outcome verify(TimePoint now, const Message& request, DigestRole role,
                               const FindVerifier& find);

  /// Whether it is the request that its nonce was made for, sent again with credentials and, as
  /// RFC 3261 section 22.2 has it, the next CSeq number. Says nothing of the credentials.
  [[nodiscard]] bool repeats_challenged(const Message& request, DigestRole role) const;

  [[nodiscard]] const std::string& realm() const { return realm_; }

 private:
  /// The counts seen under one nonce: the highest, and a bit for each of the 64 below it.
  struct Counts {
    std::uint32_t highest = 0;
    std::uint64_t seen = 0;
  };

  std::string make_nonce(TimePoint now, const Message& request);
  std::optional<Bytes> nonce_body(std::string_view nonce) const;
  std::optional<std::uint64_t> fresh_serial(TimePoint now, std::string_view nonce) const;
  bool use(std::uint64_t serial, std::uint32_t count);

  std::string realm_;
  Limits limits_;
  std::array<std::uint8_t, 32> key_{};
  DigestReluctance reluctance_;
  std::uint64_t next_serial_ = 1;
  std::map<std::uint64_t, Counts> counts_;  ///< by serial
  std::uint64_t forgotten_ = 0;  ///< nonces up to this serial that are not in `counts_` are stale
};

}  // namespace muster::sip
