// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

/// The built-in phone on the command line. Each returns 0 (done), 1 (could not be done; one line
/// says why) or 2 (bad usage). Ctrl-C hangs up and signs off.
namespace muster::node {

/// `muster call AOR --as USER ...`: calls, plays and records. 0 if the call was answered.
int call_command(const std::vector<std::string>& arguments);
/// `muster message AOR --as USER ...`: sends text. 0 if it was delivered or stored.
int message_command(const std::vector<std::string>& arguments);
/// `muster listen --as USER ...`: registers, answers calls, prints messages.
int listen_command(const std::vector<std::string>& arguments);

}  // namespace muster::node
