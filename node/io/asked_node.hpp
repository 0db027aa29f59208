// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>

/// Which running node a command asks, and how it answers: the options that all such commands have.
namespace muster::node {

/// --help, --control, --state and --json.
void add_asked_node(boost::program_options::options_description& options);

/// Where its control socket is.
[[nodiscard]] std::string control_endpoint(const boost::program_options::variables_map& given);

}  // namespace muster::node
