// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/base/bytes.hpp"
#include "core/base/ip_endpoint.hpp"
#include "node/diagnosis.hpp"

/// What this machine says of itself, for `muster doctor`.
namespace muster::node {

/// The time now, beside the dates of a certificate. Nothing if that is none.
[[nodiscard]] std::optional<ClockFacts> clock_facts(BytesView certificate_der);
/// Nothing if `directory` cannot be looked at.
[[nodiscard]] std::optional<DiskFacts> disk_facts(const std::filesystem::path& directory);
[[nodiscard]] InterfaceFacts interface_facts(const std::string& name);
[[nodiscard]] bool avahi_daemon_runs();
/// Also the address that stands for all.
[[nodiscard]] bool is_local_address(const IpAddress& address);

}  // namespace muster::node
