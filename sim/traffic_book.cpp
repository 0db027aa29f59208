// SPDX-License-Identifier: Apache-2.0
#include "sim/traffic_book.hpp"

#include "security/datagram_type.hpp"

namespace muster::sim {

TrafficBook::What TrafficBook::what(BytesView datagram, const node::FrameUse& use) {
  using security::DatagramType;
  const auto type = datagram.empty() ? DatagramType{} : static_cast<DatagramType>(datagram[0]);
  if (type == DatagramType::beacon) return What::beacons;
  if (type >= DatagramType::xx_first && type <= DatagramType::cookied) return What::handshakes;
  if (use.carried > 0) return What::packets;
  if (use.routing > 0) return What::routing;
  if (use.look_up > 0) return What::look_ups;
  if (use.directory > 0) return What::directory;
  return use.keys > 0 ? What::keys : What::empty;
}

TrafficBook::Totals difference(TrafficBook::Totals now, const TrafficBook::Totals& before) {
  for (std::size_t i = 0; i < now.size(); ++i) {
    now[i].frames -= before[i].frames;
    now[i].bytes -= before[i].bytes;
  }
  return now;
}

}  // namespace muster::sim
