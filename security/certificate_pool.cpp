// SPDX-License-Identifier: Apache-2.0
#include "security/certificate_pool.hpp"

namespace muster::security {

CertificatePool::Held CertificatePool::find(const CertificateHash& root,
                                            const CertificateHash& certificate) const {
  const auto found = held_.find({root, certificate});
  return found == held_.end() ? nullptr : found->second;
}

void CertificatePool::keep(const CertificateHash& root, const Held& held) {
  if (held_.size() >= limits_.certificates_max) return;
  held_.emplace(Key{root, held->certificate.hash}, held);
}

}  // namespace muster::security
