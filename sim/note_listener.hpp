// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/time.hpp"
#include "node/field_node.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

/// Reads what the nodes of a run would write to their logs, in order of time. It changes nothing.
class NoteListener {
 public:
  virtual ~NoteListener() = default;
  virtual void note(Duration since_start, HostIndex host, const node::FieldNode::Note& note) = 0;
};

}  // namespace muster::sim
