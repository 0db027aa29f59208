// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_map>

#include "core/base/bytes.hpp"
#include "security/certificate.hpp"

namespace muster::security {

/// A certificate that chains to a root, read and checked once.
struct HeldCertificate {
  Certificate certificate;
  Bytes der;
};

/// What many nodes of one process have of certificates in common. Each of them knows all of the
/// overlay: n nodes would read, check and keep the same n certificates n times.
///
/// Only what was checked goes in, under the root that it chains to, so what is found needs no
/// check.
class CertificatePool {
 public:
  struct Limits {
    std::size_t certificates_max = 65536;  ///< some 1 kB each; further ones are not shared
  };
  using Held = std::shared_ptr<const HeldCertificate>;

  CertificatePool() : CertificatePool(Limits{}) {}
  explicit CertificatePool(Limits limits) : limits_(limits) {}

  /// Null if it is not here.
  [[nodiscard]] Held find(const CertificateHash& root, const CertificateHash& certificate) const;
  void keep(const CertificateHash& root, const Held& held);
  [[nodiscard]] std::size_t size() const { return held_.size(); }

 private:
  struct Key {
    CertificateHash root;
    CertificateHash certificate;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<CertificateHash>{}(key.certificate);
    }
  };

  Limits limits_;
  std::unordered_map<Key, Held, KeyHash> held_;
};

}  // namespace muster::security
