// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/ports/random.hpp"
#include "sip/digest.hpp"
#include "sip/message.hpp"

namespace muster::sip {

/// Answers digest challenges for one user (RFC 7616, RFC 8760), and keeps on using what it was
/// challenged with, so that later requests go through at once.
class DigestClient {
 public:
  static constexpr std::size_t realms_max = 8;

  DigestClient(std::string username, std::string password, ports::Random& random)
      : username_(std::move(username)), password_(std::move(password)), random_(&random) {}
  /// With the verifier of one realm instead of the password.
  DigestClient(std::string username, DigestVerifier verifier, ports::Random& random)
      : username_(std::move(username)), verifier_(std::move(verifier)), random_(&random) {}

  /// Learns from a 401 or 407. False if it holds no challenge that can be answered, or if the
  /// answer to the last one was refused: then the password is wrong and to go on is no use.
  [[nodiscard]] bool receive(const Message& response);

  /// Puts credentials for all challenges learnt into `request`, instead of those it has.
  void authorise(Message& request);

 private:
  struct Challenge {
    std::string realm;
    std::string nonce;
    std::optional<std::string> opaque;
    DigestAlgorithm algorithm = DigestAlgorithm::md5;
    std::uint32_t count = 0;  ///< answers given with this nonce
  };
  using ByRealm = std::map<std::string, Challenge>;

  bool learn(const Message& response, std::string_view header, ByRealm& known);
  std::string credentials(const Message& request, Challenge& challenge);

  std::string username_;
  std::string password_;
  std::optional<DigestVerifier> verifier_;
  ports::Random* random_;
  ByRealm servers_;
  ByRealm proxies_;
};

}  // namespace muster::sip
