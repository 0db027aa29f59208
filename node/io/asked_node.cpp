// SPDX-License-Identifier: Apache-2.0
#include "node/io/asked_node.hpp"

namespace muster::node {

namespace options = boost::program_options;

void add_asked_node(options::options_description& known) {
  known.add_options()("help,h", "print this")(
      "control", options::value<std::string>(),
      "control socket of the node (ipc:///PATH); else that of the state directory")(
      "state", options::value<std::string>()->default_value("/var/lib/muster"),
      "state directory of the node")("json", "one JSON value instead of text");
}

std::string control_endpoint(const options::variables_map& given) {
  return given.contains("control") ? given["control"].as<std::string>()
                                   : "ipc://" + given["state"].as<std::string>() + "/control.sock";
}

}  // namespace muster::node
