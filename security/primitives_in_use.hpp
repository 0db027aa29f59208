// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "security/primitives.hpp"

/// For crypto.cpp, which reads it, and primitives.cpp, which alone writes it.
namespace muster::security::internal {

/// Null: OpenSSL.
extern const Primitives* primitives_in_use;

}  // namespace muster::security::internal
