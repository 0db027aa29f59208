// SPDX-License-Identifier: Apache-2.0
#include "sim/io/provisioning.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "sim/io/child_process.hpp"

namespace muster::sim {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// A kit's passphrase is stretched by scrypt, which is slow on purpose.
constexpr auto patience = 120s;
/// Kits made or installed at once: each takes 256 MiB while it works.
constexpr std::size_t at_once = 4;

class Authority {
 public:
  Authority(const fs::path& muster, const fs::path& run_directory)
      : muster_(muster),
        run_directory_(run_directory),
        authority_((run_directory / "authority").string()),
        passphrase_((run_directory / "passphrase").string()) {}

  [[nodiscard]] Command command(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), muster_.string());
    return {arguments};
  }
  [[nodiscard]] Result<std::string> pki(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "pki");
    arguments.insert(arguments.end(), {"--authority", authority_});
    return run_checked(command(arguments), patience);
  }
  [[nodiscard]] Command make_kit(const Host& host) const {
    return command({"kit", "make", host.name, "-o", kit(host), "--authority", authority_,
                    "--passphrase-file", passphrase_});
  }
  [[nodiscard]] Command install_kit(const Host& host) const {
    return command({"kit", "install", kit(host), "--state",
                    files_of(run_directory_, host).state().string(), "--passphrase-file",
                    passphrase_});
  }

 private:
  [[nodiscard]] std::string kit(const Host& host) const {
    return (run_directory_ / (host.name + ".kit")).string();
  }

  fs::path muster_;
  fs::path run_directory_;
  std::string authority_;
  std::string passphrase_;
};

Result<bool> all_done(const std::vector<Command>& commands) {
  for (std::size_t first = 0; first < commands.size(); first += at_once) {
    const auto last = std::min(first + at_once, commands.size());
    const std::vector<Command> batch(commands.begin() + static_cast<std::ptrdiff_t>(first),
                                     commands.begin() + static_cast<std::ptrdiff_t>(last));
    const auto results = run_all(batch, patience);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (!results[i]) return tl::make_unexpected(results[i].error());
      if (results[i]->exit_code != 0) {
        return fail(fmt::format("{}: exit code {}: {}", fmt::join(batch[i].arguments, " "),
                                results[i]->exit_code, results[i]->output));
      }
    }
  }
  return true;
}

Result<bool> certify(const Authority& authority, const Scenario& scenario) {
  if (const auto done = authority.pki({"init", std::string(emulated_domain)}); !done)
    return tl::make_unexpected(done.error());
  std::vector<std::string> nodes{"node"};
  for (const auto& host : scenario.hosts) nodes.push_back(host.name);
  if (const auto done = authority.pki(nodes); !done) return tl::make_unexpected(done.error());
  for (const auto& host : scenario.hosts) {
    if (host.users.empty()) continue;
    std::vector<std::string> users{"user"};
    users.insert(users.end(), host.users.begin(), host.users.end());
    users.insert(users.end(), {"--homes", host.name});
    if (const auto done = authority.pki(users); !done) return tl::make_unexpected(done.error());
  }
  return true;
}

/// The last word of what was printed.
std::string last_word(std::string_view text) {
  const auto end = text.find_last_not_of(" \r\n\t");
  if (end == std::string_view::npos) return {};
  text = text.substr(0, end + 1);
  const auto start = text.find_last_of(" \r\n\t");
  return std::string(start == std::string_view::npos ? text : text.substr(start + 1));
}

Result<Passwords> passwords(const Authority& authority, const Scenario& scenario) {
  Passwords all;
  for (const auto& host : scenario.hosts) {
    for (const auto& user : host.users) {
      const auto shown = authority.pki({"show", "--password", user});
      if (!shown) return tl::make_unexpected(shown.error());
      all[user] = last_word(*shown);
    }
  }
  return all;
}

void lay_over(toml::table& base, const toml::table& changes) {
  for (const auto& [key, value] : changes) {
    auto* inner = base.get(key) != nullptr ? base.get(key)->as_table() : nullptr;
    if (inner != nullptr && value.is_table()) {
      lay_over(*inner, *value.as_table());
    } else {
      const std::string_view name = key.str();
      value.visit([&](const auto& node) { base.insert_or_assign(name, node); });
    }
  }
}

}  // namespace

HostFiles files_of(const fs::path& run_directory, const Host& host) {
  return {run_directory / host.name};
}

Result<Passwords> provision(const fs::path& muster, const fs::path& run_directory,
                            const Scenario& scenario) {
  const Authority authority(muster, run_directory);
  {
    std::ofstream passphrase(run_directory / "passphrase");
    passphrase << "a drill has no secrets " << run_directory.filename().string() << '\n';
  }
  fs::permissions(run_directory / "passphrase", fs::perms::owner_read | fs::perms::owner_write);
  if (const auto done = certify(authority, scenario); !done)
    return tl::make_unexpected(done.error());
  std::vector<Command> makes;
  std::vector<Command> installs;
  for (const auto& host : scenario.hosts) {
    fs::create_directories(files_of(run_directory, host).directory);
    makes.push_back(authority.make_kit(host));
    installs.push_back(authority.install_kit(host));
  }
  if (const auto done = all_done(makes); !done) return tl::make_unexpected(done.error());
  if (const auto done = all_done(installs); !done) return tl::make_unexpected(done.error());
  return passwords(authority, scenario);
}

std::string configuration_text(const HostFiles& files, const Scenario& scenario) {
  const auto base = fmt::format(
      "[state]\ndirectory = \"{}\"\n[control]\nsocket = \"{}\"\n[sip]\nlisten = "
      "\"127.0.0.1:5060\"\n"
      "[media]\nports = [20000, 20999]\n[[link]]\nkind = \"udp\"\ninterface = \"mesh0\"\nport = "
      "7077\nmtu = {}\n"
      // A network namespace does not keep D-Bus out: each host has a responder of its own.
      "[discovery]\navahi = \"embedded\"\n"
      "[log]\nlevel = \"info\"\n",
      files.state().string(), files.control(), scenario.medium.mtu_bytes);
  toml::table table = toml::parse(base);
  toml::table overlay;
  if (const auto bytes = scenario.overlay.replicate_to_all_bytes_max) {
    overlay.insert("replicate_to_all_bytes_max", static_cast<std::int64_t>(*bytes));
  }
  if (const auto k = scenario.overlay.k) overlay.insert("k", static_cast<std::int64_t>(*k));
  if (const auto alpha = scenario.overlay.alpha) {
    overlay.insert("alpha", static_cast<std::int64_t>(*alpha));
  }
  if (!overlay.empty()) table.insert("overlay", std::move(overlay));
  if (!scenario.node_settings.empty()) lay_over(table, toml::parse(scenario.node_settings));
  std::ostringstream text;
  text << table << '\n';
  return text.str();
}

Result<bool> write_configuration(const HostFiles& files, const Scenario& scenario) {
  std::ofstream file(files.config());
  file << configuration_text(files, scenario);
  if (!file.flush())
    return fail(fmt::format("{}: {}", files.config().string(), std::strerror(errno)));
  return true;
}

}  // namespace muster::sim
