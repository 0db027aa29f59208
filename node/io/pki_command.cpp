// SPDX-License-Identifier: Apache-2.0
#include "node/io/pki_command.hpp"

#include <chrono>
#include <iostream>
#include <limits>
#include <sstream>

#include <boost/program_options/value_semantic.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "node/io/command_line.hpp"
#include "security/io/authority_directory.hpp"
#include "security/io/openssl_random.hpp"

namespace muster::node {
namespace {

namespace po = boost::program_options;
using security::AuthorityDirectory;

constexpr std::string_view program = "muster pki";
constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

std::int64_t seconds_since_1970() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

security::OpensslRandom& chance() {
  static security::OpensslRandom random;
  return random;
}

Result<AuthorityDirectory> open(const VerbArguments& arguments, AuthorityDirectory::Access access) {
  return AuthorityDirectory::open(arguments.text("authority"), access, chance());
}

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string homes_text(const security::AuthorityUser& user) {
  return user.homes_all ? "all nodes" : joined(user.homes);
}

/// "host-1,host-2" or "all".
security::Homes homes_of(const std::string& text) {
  security::Homes homes;
  if (text == "all") {
    homes.all = true;
    return homes;
  }
  std::istringstream names{text};
  for (std::string name; std::getline(names, name, ',');) homes.nodes.push_back(name);
  return homes;
}

int init(const VerbArguments& arguments) {
  const std::string path = arguments.text("authority");
  const auto authority =
      AuthorityDirectory::init(path, arguments.words[0], chance(), seconds_since_1970());
  if (!authority) return say_failure(program, authority.error());
  std::cout << fmt::format(
      "overlay {} has an authority in {}; keep it offline, and a copy in another place\n",
      authority->overlay(), path);
  return exit_done;
}

int node(const VerbArguments& arguments) {
  auto authority = open(arguments, AuthorityDirectory::Access::write);
  if (!authority) return say_failure(program, authority.error());
  const bool replace = arguments.has("replace");
  for (const auto& name : arguments.words) {
    if (const auto may = authority->may_add_node(name, replace); !may) {
      return say_failure(program, may.error());
    }
  }
  for (const auto& name : arguments.words) {
    const auto made = authority->add_node(name, replace, seconds_since_1970());
    if (!made) return say_failure(program, made.error());
    std::cout << fmt::format("node {} ({})\n", made->name, made->id.hex());
  }
  return exit_done;
}

security::OnExistingUser on_existing(const VerbArguments& arguments) {
  if (arguments.has("new-password")) return security::OnExistingUser::new_password;
  return arguments.has("replace") ? security::OnExistingUser::keep_password
                                  : security::OnExistingUser::refuse;
}

int user(const VerbArguments& arguments) {
  if (!arguments.has("homes")) {
    return say_bad_usage("muster pki user", "--homes is missing: host-1,host-2 or all");
  }
  auto authority = open(arguments, AuthorityDirectory::Access::write);
  if (!authority) return say_failure(program, authority.error());
  for (const auto& name : arguments.words) {
    if (const auto may = authority->may_add_user(name, on_existing(arguments)); !may) {
      return say_failure(program, may.error());
    }
  }
  const auto homes = homes_of(arguments.text("homes"));
  for (const auto& name : arguments.words) {
    const auto made =
        authority->add_user(name, homes, on_existing(arguments), seconds_since_1970());
    if (!made) return say_failure(program, made.error());
    std::cout << fmt::format(
        "user {} at home on {}; the phone's password: "
        "muster pki show --password {}\n",
        made->aor, homes_text(*made), made->user);
  }
  return exit_done;
}

nlohmann::json as_json(const AuthorityDirectory& authority,
                       const std::vector<security::AuthorityNode>& nodes,
                       const std::vector<security::AuthorityUser>& users) {
  nlohmann::json out{{"overlay", authority.overlay()},
                     {"root", security::certificate_hash_of(authority.root_der()).hex()},
                     {"epoch", authority.epoch()},
                     {"nodes", nlohmann::json::array()},
                     {"users", nlohmann::json::array()}};
  for (const auto& each : nodes) {
    out["nodes"].push_back(
        {{"name", each.name},
         {"node", each.id.hex()},
         {"certificate", security::certificate_hash_of(each.certificate_der).hex()}});
  }
  for (const auto& each : users) {
    nlohmann::json homes = each.homes;
    if (each.homes_all) homes = "all";
    out["users"].push_back(
        {{"user", each.user},
         {"aor", each.aor},
         {"homes", homes},
         {"certificate", security::certificate_hash_of(each.certificate_der).hex()}});
  }
  return out;
}

void print_text(const AuthorityDirectory& authority,
                const std::vector<security::AuthorityNode>& nodes,
                const std::vector<security::AuthorityUser>& users) {
  std::cout << fmt::format("overlay {}, root {}\n", authority.overlay(),
                           security::certificate_hash_of(authority.root_der()).hex());
  for (const auto& each : nodes)
    std::cout << fmt::format("node {} ({})\n", each.name, each.id.hex());
  for (const auto& each : users) {
    std::cout << fmt::format("user {} at home on {}\n", each.aor, homes_text(each));
  }
}

int show_password(const AuthorityDirectory& authority, const VerbArguments& arguments) {
  const auto password = authority.password(arguments.text("password"));
  if (!password) return say_failure(program, password.error());
  if (arguments.has("json")) {
    std::cout << nlohmann::json{{"user", arguments.text("password")},
                                {"realm", authority.overlay()},
                                {"password", *password}}
              << "\n";
  } else {
    std::cout << *password << "\n";
  }
  return exit_done;
}

int show(const VerbArguments& arguments) {
  const auto authority = open(arguments, AuthorityDirectory::Access::read);
  if (!authority) return say_failure(program, authority.error());
  if (arguments.has("password")) return show_password(*authority, arguments);
  const auto nodes = authority->nodes();
  if (!nodes) return say_failure(program, nodes.error());
  const auto users = authority->users();
  if (!users) return say_failure(program, users.error());
  if (arguments.has("json")) {
    std::cout << as_json(*authority, *nodes, *users) << "\n";
  } else {
    print_text(*authority, *nodes, *users);
  }
  return exit_done;
}

po::options_description options_with_authority() {
  po::options_description options{"Options"};
  options.add_options()("authority",
                        po::value<std::string>()->default_value("authority")->value_name("DIR"),
                        "where the authority is");
  return options;
}

std::vector<Verb> verbs() {
  std::vector<Verb> all = {
      {"init", "init DOMAIN [--authority DIR]",
       "Makes the authority of a new overlay, such as drill.example: its root and its discovery "
       "key.",
       options_with_authority(), 1, 1, init},
      {"node", "node NAME... [--replace]", "Makes keys and certificates of nodes.",
       options_with_authority(), 1, any_number, node},
      {"user", "user NAME... --homes NODE,...|all [--replace | --new-password]",
       "Makes keys, SIP passwords and certificates of users. Their home nodes hold the keys.",
       options_with_authority(), 1, any_number, user},
      {"show", "show [--password USER] [--json]",
       "Lists nodes and users, or prints the SIP password of one user.", options_with_authority(),
       0, 0, show}};
  all[1].options.add_options()("replace", "new keys for a node that exists, for a lost box");
  all[2].options.add_options()("homes", po::value<std::string>()->value_name("NODES"),
                               "names of the home nodes with commas between, or all")(
      "replace", "new homes and key for a user that exists; the password stays")(
      "new-password", "as --replace with a new password, for instance if a home was captured");
  all[3].options.add_options()("password", po::value<std::string>()->value_name("USER"),
                               "print the SIP password of this user")("json", "for scripts");
  return all;
}

}  // namespace

int pki_command(const std::vector<std::string>& args) {
  return run_verb(program, "The overlay's offline authority: who belongs to it.", verbs(), args);
}

}  // namespace muster::node
