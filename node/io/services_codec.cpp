// SPDX-License-Identifier: Apache-2.0
#include "node/io/services_codec.hpp"

#include "core/wire/control.pb.h"

namespace muster::node {

void fill(wire::ControlReply& reply, const ServicesReport& report) {
  auto& out = *reply.mutable_services();
  out.set_number(report.number);
  out.set_service(report.service);
  out.set_done(report.done);
  out.set_state(report.state);
  out.set_listening(report.listening);
  out.set_silent(report.silent);
  out.set_asked(report.asked);
  for (const auto& offer : report.offers) {
    auto& added = *out.add_offers();
    added.set_service(offer.service);
    added.set_node(offer.node);
    added.set_name(offer.name);
    added.set_note(offer.note);
    added.set_here(offer.here);
    added.set_reachable(offer.reachable);
    added.set_metric(offer.metric);
    added.set_rtt_ms(offer.rtt_ms);
    added.set_age_s(offer.age_s);
    added.set_confirmed(offer.confirmed);
  }
}

ServicesReport plain(const wire::ControlServices& in) {
  ServicesReport report;
  report.number = in.number();
  report.service = in.service();
  report.done = in.done();
  report.state = in.state();
  report.listening = in.listening();
  report.silent = in.silent();
  report.asked = in.asked();
  for (const auto& offer : in.offers()) {
    report.offers.push_back({offer.service(), offer.node(), offer.name(), offer.note(),
                             offer.here(), offer.reachable(), offer.metric(), offer.rtt_ms(),
                             offer.age_s(), offer.confirmed()});
  }
  return report;
}

}  // namespace muster::node
