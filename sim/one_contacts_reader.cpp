// SPDX-License-Identifier: Apache-2.0
// Connection events of the Opportunistic Network Environment simulator (Keränen, Ott, Kärkkäinen
// 2009): "TIME CONN HOST HOST up|down", hosts numbered from 0.
#include "sim/trace_lines.hpp"
#include "sim/trace_reader.hpp"

namespace muster::sim {

Result<ContactTrace> read_one_contacts(std::string_view text, std::string_view file) {
  TraceLines lines(text, file);
  ContactTrace trace;
  while (const auto words = lines.next()) {
    if (words->size() != 5 || (*words)[1] != "CONN" ||
        ((*words)[4] != "up" && (*words)[4] != "down")) {
      lines.fail("an event is TIME CONN HOST HOST up or down",
                 "take a whole copy, with nothing but connections");
      break;
    }
    const ContactTrace::Contact contact{lines.time((*words)[0]), lines.host((*words)[2]),
                                        lines.host((*words)[3]), (*words)[4] == "up"};
    if (contact.a == contact.b) lines.fail("nobody meets himself", "name two hosts");
    if (!trace.contacts.empty() && contact.at < trace.contacts.back().at)
      lines.fail("it is before the event before it", "sort the events by time");
    trace.contacts.push_back(contact);
  }
  if (lines.fault()) return tl::make_unexpected(*lines.fault());
  return trace;
}

}  // namespace muster::sim
