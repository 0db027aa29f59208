// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/precedence.hpp"
#include "sip/message.hpp"

namespace muster::sip {

/// How urgent a message is in the mesh: what its Resource-Priority says (RFC 4412: the part after
/// the dot), else `priority` for what belongs to a call and `routine` for the rest.
[[nodiscard]] Precedence precedence_of(const Message& message);

}  // namespace muster::sip
