// SPDX-License-Identifier: Apache-2.0
#pragma once

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
class PhoneAuthenticator {
 public:
  PhoneAuthenticator(const EdgeNames& names, const CredentialSource& credentials,
                     ports::Random& random)
      : credentials_(credentials), digest_(names.domain(), random) {}

  [[nodiscard]] bool home_here(std::string_view user) const { return credentials_.home_here(user); }

  struct Question {
    DigestRole role;
    std::string user;
    std::string to_tag;  ///< of the answer
  };
  /// Nothing if `request` proves to be of the user; else what it is answered: a challenge, 403 if
  /// he is not at home here, 400 if the credentials are malformed.
  [[nodiscard]] std::optional<Message> check(TimePoint now, const Message& request,
                                             const Question& question);

  /// See DigestServer; of a request that `check` has let pass as a proxy.
  [[nodiscard]] bool repeats_challenged(const Message& request) const {
    return digest_.repeats_challenged(request, DigestRole::proxy);
  }

 private:
  const CredentialSource& credentials_;
  DigestServer digest_;
};

}  // namespace muster::sip
