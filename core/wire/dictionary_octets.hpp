// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/bytes.hpp"

namespace muster::wire {

/// Of core/wire/dictionary/1.zdict, compiled in.
[[nodiscard]] BytesView dictionary_octets();

}  // namespace muster::wire
