// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/ids.hpp"

namespace muster::security {

/// First octets of a certificate's hash: what a message has room for.
using CertificateRef = Id<struct CertificateRefTag, 16>;

[[nodiscard]] inline CertificateRef certificate_ref(const CertificateHash& hash) {
  return CertificateRef::from(hash.view().first(CertificateRef::size)).value();
}

}  // namespace muster::security
