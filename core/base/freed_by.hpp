// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace muster {

/// For std::unique_ptr to the objects of C libraries.
template <auto free_function>
struct FreedBy {
  template <typename T>
  void operator()(T* object) const {
    free_function(object);
  }
};

}  // namespace muster
