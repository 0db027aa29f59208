// SPDX-License-Identifier: Apache-2.0
#include "security/primitives.hpp"

#include "security/primitives_in_use.hpp"

namespace muster::security {

void use_primitives(const Primitives* primitives) { internal::primitives_in_use = primitives; }

}  // namespace muster::security
