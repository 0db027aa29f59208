// SPDX-License-Identifier: Apache-2.0
#include "node/io/kit_command.hpp"

#include <cerrno>
#include <cstring>
#include <iostream>

#include <boost/program_options/value_semantic.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "node/io/command_line.hpp"
#include "security/io/authority_directory.hpp"
#include "security/io/installed_kit.hpp"
#include "security/io/openssl_random.hpp"
#include "security/io/passphrase.hpp"

namespace muster::node {
namespace {

namespace po = boost::program_options;
using security::Kit;

constexpr std::string_view program = "muster kit";

Result<std::string> passphrase(const VerbArguments& arguments, const std::string& prompt,
                               security::Asking asking) {
  if (arguments.has("passphrase-file")) {
    return security::passphrase_from_file(arguments.text("passphrase-file"));
  }
  return security::passphrase_from_terminal(prompt, asking);
}

/// The authority is closed again before anybody types or scrypt runs.
Result<Kit> kit_from_authority(const std::string& authority_path, const std::string& node,
                               ports::Random& random) {
  const auto authority = security::AuthorityDirectory::open(
      authority_path, security::AuthorityDirectory::Access::read, random);
  if (!authority) return tl::make_unexpected(authority.error());
  return authority->kit_for(node);
}

int make(const VerbArguments& arguments) {
  if (!arguments.has("output")) return say_bad_usage("muster kit make", "-o FILE is missing");
  security::OpensslRandom random;
  const auto kit = kit_from_authority(arguments.text("authority"), arguments.words[0], random);
  if (!kit) return say_failure(program, kit.error());
  const auto secret =
      passphrase(arguments, fmt::format("Passphrase for the kit of {}: ", kit->node_name),
                 security::Asking::twice);
  if (!secret) return say_failure(program, secret.error());
  const std::string path = arguments.text("output");
  const auto written = security::write_kit_file(*kit, path, *secret, random);
  if (!written) return say_failure(program, written.error());
  std::cout << fmt::format("kit of {} in {}; on that node: muster kit install {} --state DIR\n",
                           kit->node_name, path, path);
  return exit_done;
}

Result<Kit> open_kit(const VerbArguments& arguments) {
  const std::string& path = arguments.words[0];
  const auto secret =
      passphrase(arguments, fmt::format("Passphrase of {}: ", path), security::Asking::once);
  if (!secret) return tl::make_unexpected(secret.error());
  return security::read_kit_file(path, *secret);
}

/// Only what is no secret.
nlohmann::json as_json(const Kit& kit, const security::TrustStore& trust) {
  nlohmann::json out{{"overlay", kit.overlay},
                     {"root", security::certificate_hash_of(kit.root_der).hex()},
                     {"epoch", kit.epoch},
                     {"name", kit.node_name},
                     {"node", security::node_id_of(kit).hex()},
                     {"certificate", security::certificate_hash_of(kit.node_certificate_der).hex()},
                     {"roster_nodes", trust.node_count()},
                     {"roster_users", trust.users().size()},
                     {"home_users", nlohmann::json::array()}};
  for (const auto& user : kit.home_users) out["home_users"].push_back(user.aor);
  return out;
}

int show(const VerbArguments& arguments) {
  const auto kit = open_kit(arguments);
  if (!kit) return say_failure(program, kit.error());
  const auto trust = security::trust_store_of(*kit);
  if (arguments.has("json")) {
    std::cout << as_json(*kit, trust) << "\n";
    return exit_done;
  }
  std::cout << fmt::format("node {} ({}) of overlay {}, root {}\n", kit->node_name,
                           security::node_id_of(*kit).hex(), kit->overlay,
                           security::certificate_hash_of(kit->root_der).hex());
  for (const auto& user : kit->home_users) std::cout << fmt::format("home of {}\n", user.aor);
  std::cout << fmt::format("knows {} nodes and {} users\n", trust.node_count(),
                           trust.users().size());
  return exit_done;
}

/// Root installs for the user of musterd, to whom the state directory belongs after its first
/// start.
Result<void> give_to_owner_of(const std::string& state) {
  struct stat directory {};
  if (geteuid() != 0 || stat(state.c_str(), &directory) != 0 || directory.st_uid == 0) return {};
  const auto kit = security::installed_kit_path(state);
  if (lchown(kit.c_str(), directory.st_uid, directory.st_gid) == 0) return {};
  return fail(fmt::format("{}: cannot be given to the owner of the state directory: {}",
                          kit.string(), std::strerror(errno)));
}

int install(const VerbArguments& arguments) {
  if (!arguments.has("state")) return say_bad_usage("muster kit install", "--state DIR is missing");
  const auto kit = open_kit(arguments);
  if (!kit) return say_failure(program, kit.error());
  const std::string state = arguments.text("state");
  const auto installed =
      security::install_kit(*kit, state,
                            arguments.has("force") ? security::OnOtherIdentity::overwrite
                                                   : security::OnOtherIdentity::refuse);
  if (!installed) return say_failure(program, installed.error());
  if (auto given = give_to_owner_of(state); !given) return say_failure(program, given.error());
  std::cout << fmt::format("{} is now node {} of overlay {}\n", state, kit->node_name,
                           kit->overlay);
  return exit_done;
}

po::options_description options_with_passphrase() {
  po::options_description options{"Options"};
  options.add_options()("passphrase-file", po::value<std::string>()->value_name("FILE"),
                        "the passphrase is its first line; else it is asked for");
  return options;
}

std::vector<Verb> verbs() {
  std::vector<Verb> all = {
      {"make", "make NODE -o FILE [--authority DIR] [--passphrase-file F]",
       "Makes the kit of a node: one file, encrypted with a passphrase (an age file).",
       options_with_passphrase(), 1, 1, make},
      {"show", "show FILE [--json] [--passphrase-file F]",
       "Says what a kit holds, but none of its secrets.", options_with_passphrase(), 1, 1, show},
      {"install", "install FILE --state DIR [--force] [--passphrase-file F]",
       "Makes the node with this state directory the one that the kit speaks of.",
       options_with_passphrase(), 1, 1, install}};
  all[0].options.add_options()("output,o", po::value<std::string>()->value_name("FILE"),
                               "where to write the kit")(
      "authority", po::value<std::string>()->default_value("authority")->value_name("DIR"),
      "where the authority is");
  all[1].options.add_options()("json", "for scripts");
  all[2].options.add_options()("state", po::value<std::string>()->value_name("DIR"),
                               "the node's state directory")(
      "force", "overwrite the identity of another node");
  return all;
}

}  // namespace

int kit_command(const std::vector<std::string>& args) {
  return run_verb(program, "Kits: all that a node needs to be a member, in one sealed file.",
                  verbs(), args);
}

}  // namespace muster::node
