// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/base/result.hpp"
#include "sim/scenario.hpp"

namespace muster::sim {

inline constexpr std::string_view emulated_domain = "drill.example";

/// Where the files of one host are.
struct HostFiles {
  std::filesystem::path directory;
  [[nodiscard]] std::filesystem::path state() const { return directory / "state"; }
  [[nodiscard]] std::filesystem::path config() const { return directory / "musterd.toml"; }
  [[nodiscard]] std::filesystem::path log() const { return directory / "musterd.log"; }
  [[nodiscard]] std::string control() const {
    return "ipc://" + (state() / "control.sock").string();
  }
};

[[nodiscard]] HostFiles files_of(const std::filesystem::path& run_directory, const Host& host);

/// SIP password of each user.
using Passwords = std::map<std::string, std::string>;

/// Makes an overlay with the real commands of the program `muster`: an authority, certificates of
/// all nodes and users, a kit for each node, installed into its state directory.
[[nodiscard]] Result<Passwords> provision(const std::filesystem::path& muster,
                                          const std::filesystem::path& run_directory,
                                          const Scenario& scenario);

/// musterd's configuration for one host, with the scenario's `[node]` laid over it.
[[nodiscard]] std::string configuration_text(const HostFiles& files, const Scenario& scenario);
[[nodiscard]] Result<bool> write_configuration(const HostFiles& files, const Scenario& scenario);

}  // namespace muster::sim
