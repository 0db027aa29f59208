// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/ip_endpoint.hpp"
#include "core/base/time.hpp"
#include "core/ports/random.hpp"
#include "sip/credential_source.hpp"
#include "sip/digest_server.hpp"
#include "sip/edge_names.hpp"
#include "sip/message.hpp"

namespace muster::sip {

/// Lets a phone prove by digest that it is one of a user who is at home at this node.
///
/// RFC 8760 has a server offer SHA-256 beside MD5, and a client pass over what it does not know.
/// Phones built on libre before 2.9 (baresip 1.0 of Debian 12) give up instead. So a phone that
/// names itself as one of those, or that was offered both and came again with neither, is offered
/// MD5 alone. That weakens nothing: MD5 was on offer before.
class PhoneAuthenticator {
 public:
  static constexpr std::size_t puzzled_max = 256;  ///< remembered addresses, 40 octets each

  PhoneAuthenticator(const EdgeNames& names, const CredentialSource& credentials,
                     ports::Random& random)
      : credentials_(credentials), digest_(names.domain(), random) {}

  struct Question {
    DigestRole role;
    IpEndpoint from;
    std::string user;
    std::string to_tag;  ///< of the answer
  };
  /// Nothing if `request` proves to be of the user; else what it is answered: a challenge, 403 if
  /// he is not at home here, 400 if the credentials are malformed.
  [[nodiscard]] std::optional<Message> check(TimePoint now, const Message& request,
                                             const Question& question);

 private:
  [[nodiscard]] Message challenge(TimePoint now, const Message& request, const Question& question,
                                  DigestVerdict why);
  [[nodiscard]] bool is_puzzled(const IpEndpoint& from, DigestVerdict why);

  const CredentialSource& credentials_;
  DigestServer digest_;
  std::deque<IpEndpoint> offered_both_;  // and not answered since; the latest last
};

}  // namespace muster::sip
