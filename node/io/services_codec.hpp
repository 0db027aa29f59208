// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/report.hpp"

namespace muster::wire {
class ControlReply;
class ControlServices;
}  // namespace muster::wire

/// The part of the control protocol that is about services; for control_codec.cpp.
namespace muster::node {

void fill(wire::ControlReply& reply, const ServicesReport& report);
[[nodiscard]] ServicesReport plain(const wire::ControlServices& in);

}  // namespace muster::node
