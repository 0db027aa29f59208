// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/kind_limits.hpp"

namespace muster::overlay {

KindLimits limits_of(Kind kind) {
  switch (kind) {
    case Kind::node:
      return {DataModel::single, 512, 64, 512};
    case Kind::sip_binding:
      return {DataModel::dictionary, 1024, 64, 512};
    case Kind::presence:
      return {DataModel::dictionary, 2048, 64, 512};
    case Kind::prekey:
      return {DataModel::dictionary, 256, 64, 512};
    case Kind::certificate:
      return {DataModel::array, Record::value_bytes_max, 64, 512};
    case Kind::delegation:
      return {DataModel::dictionary, 1024, 64, 512};
    case Kind::revocation:
      return {DataModel::array, 1024, 64, 512};
    case Kind::service:
      return {DataModel::dictionary, 256, 1024, 16};
  }
  return {};
}

}  // namespace muster::overlay
