// SPDX-License-Identifier: Apache-2.0
#include "node/io/agent_options.hpp"

#include <charconv>
#include <sstream>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "node/io/command_line.hpp"
#include "node/phone_credentials.hpp"
#include "security/io/installed_kit.hpp"
#include "security/io/private_file.hpp"

namespace muster::node {
namespace {

namespace po = boost::program_options;
using std::string;

constexpr std::uint16_t sip_port = 5060;
constexpr std::size_t password_bytes_max = 1024;

struct About {
  const char* name;
  const char* usage;
  const char* summary;
};

About about(AgentTask task) {
  switch (task) {
    case AgentTask::call:
      return {"call", "muster call AOR --as USER [options]",
              "Calls AOR (dave, dave@drill.example) through the node here. With --wav-in it hangs "
              "up at the\nend of the file, with --for after that time, else when the other side "
              "does or at Ctrl-C."};
    case AgentTask::message:
      return {"message", "muster message AOR --as USER [--text TEXT] [options]",
              "Sends text, from standard input if there is no --text. Says whether it was "
              "delivered, or\nstored until the other side is reachable."};
    case AgentTask::listen:
      break;
  }
  return {"listen", "muster listen --as USER [options]",
          "Registers as USER at the node here, answers calls and prints messages."};
}

po::options_description described(AgentTask task) {
  po::options_description all("options");
  auto add = all.add_options();
  add("help,h", "say this");
  add("as", po::value<string>(), "the user to be, of this node: alice");
  add("state", po::value<string>()->default_value("/var/lib/muster"),
      "state directory of the node, whose kit proves who USER is");
  add("password-file", po::value<string>(), "instead of the kit: file (0600) with USER's password");
  add("domain", po::value<string>(), "the overlay, if neither the kit nor a name says it");
  add("registrar", po::value<string>()->default_value("127.0.0.1:5060"),
      "the node, or any SIP registrar and proxy: ADDRESS[:PORT]");
  add("direct", "without registrar: AOR has an IP address, and whoever calls is answered");
  add("listen", po::value<string>(), "own SIP address: ADDRESS[:PORT], port 0 for any");
  add("json", "one JSON object a line instead of text");
  if (task == AgentTask::message) {
    add("text", po::value<string>(), "the text");
    return all;
  }
  add("wav-in", po::value<string>(), "sound file to be played in a call (best 48 kHz mono)");
  add("wav-out", po::value<string>(), "WAV file for what the other side says");
  add("for", po::value<string>(),
      task == AgentTask::call ? "how long to talk: 20s, 2m" : "how long to listen: 60s, 1h");
  if (task == AgentTask::listen) add("once", "end after the first call or message");
  return all;
}

std::optional<IpEndpoint> read_address(const string& text) {
  if (const auto endpoint = IpEndpoint::parse(text)) return endpoint;
  const auto address = IpAddress::parse(text);
  if (!address) return std::nullopt;
  return IpEndpoint{*address, sip_port};
}

std::optional<string> text_of(const po::variables_map& given, const char* name) {
  if (given.count(name) == 0) return std::nullopt;
  return given[name].as<string>();
}

Result<AgentOptions> checked(AgentTask task, const po::variables_map& given) {
  AgentOptions options;
  options.task = task;
  options.to = text_of(given, "aor").value_or("");
  if (task != AgentTask::listen && options.to.empty()) return fail("whom? Name an AOR");
  const auto as = text_of(given, "as");
  if (!as || as->empty()) return fail("--as: who is to be the caller? Name a user of this node");
  const string who = as->starts_with("sip:") ? as->substr(4) : *as;
  const auto at = who.find('@');
  options.user = who.substr(0, at);
  options.domain = text_of(given, "domain").value_or(at == who.npos ? "" : who.substr(at + 1));
  options.state_directory = *text_of(given, "state");
  options.password_file = text_of(given, "password-file");
  const auto registrar = read_address(*text_of(given, "registrar"));
  if (!registrar) return fail("--registrar: not an IP address with or without port");
  options.registrar = *registrar;
  options.direct = given.count("direct") != 0;
  if (const auto listen = text_of(given, "listen")) {
    options.listen = read_address(*listen);
    if (!options.listen) return fail("--listen: not an IP address with or without port");
  }
  options.json = given.count("json") != 0;
  options.once = given.count("once") != 0;
  options.text = text_of(given, "text");
  options.wav_in = text_of(given, "wav-in");
  options.wav_out = text_of(given, "wav-out");
  if (const auto duration = text_of(given, "for")) {
    options.duration = read_duration(*duration);
    if (!options.duration) return fail("--for: not a duration like 20s, 500ms or 2m");
  }
  return options;
}

/// "dave", "dave@drill.example" or "sip:dave@drill.example".
Result<sip::Uri> read_aor(const string& text, const string& domain) {
  string whole = text.find('@') == text.npos ? text + '@' + domain : text;
  if (!whole.starts_with("sip:")) whole = "sip:" + whole;
  const auto uri = sip::Uri::parse(whole);
  if (!uri || !uri->is_sip() || uri->user.empty()) {
    return fail(text + ": not a name like dave or dave@drill.example");
  }
  return *uri;
}

/// Answers with the kit's verifiers, or with the password.
struct Credentials {
  sip::DigestClient digest;
  string domain;  ///< empty if a password says nothing of it
};

Result<Credentials> read_credentials(const AgentOptions& options, ports::Random& random) {
  if (options.direct) return Credentials{{options.user, string{}, random}, {}};
  if (options.password_file) {
    const auto bytes = security::read_private_file(*options.password_file, password_bytes_max);
    if (!bytes) return tl::make_unexpected(bytes.error());
    string password{as_text(*bytes)};
    while (password.ends_with('\n') || password.ends_with('\r')) password.pop_back();
    return Credentials{{options.user, std::move(password), random}, {}};
  }
  const auto kit = security::load_installed_kit(options.state_directory);
  if (!kit) return tl::make_unexpected(kit.error());
  auto verifier = PhoneCredentials{*kit}.find(options.user);
  if (!verifier) {
    return fail(
        fmt::format("{}: not at home at node {}; run it at a home node of that user, or "
                    "give --password-file",
                    options.user, kit->node_name));
  }
  return Credentials{{options.user, *std::move(verifier), random}, kit->overlay};
}

}  // namespace

string agent_program(AgentTask task) { return string{"muster "} + about(task).name; }

std::variant<AgentOptions, int> read_agent_options(AgentTask task,
                                                   const std::vector<string>& arguments) {
  const string program = agent_program(task);
  const auto visible = described(task);
  po::options_description all;
  all.add(visible).add_options()("aor", po::value<string>());
  po::positional_options_description positional;
  if (task != AgentTask::listen) positional.add("aor", 1);
  using namespace po::command_line_style;
  po::variables_map given;
  try {
    po::store(po::command_line_parser(arguments)
                  .options(all)
                  .positional(positional)
                  .style(unix_style & ~allow_guessing)
                  .run(),
              given);
    po::notify(given);
  } catch (const po::error& error) {
    return say_bad_usage(program, error.what());
  }
  if (given.count("help") != 0) {
    fmt::print("usage: {}\n\n{}\n\n{}", about(task).usage, about(task).summary,
               (std::ostringstream{} << visible).str());
    return exit_done;
  }
  auto options = checked(task, given);
  if (!options) return say_bad_usage(program, options.error().sentence);
  return *std::move(options);
}

std::optional<Duration> read_duration(std::string_view text) {
  constexpr std::uint64_t ms_max = 7 * 24 * 3600 * 1000ull;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number > ms_max) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  std::uint64_t scale = 0;
  if (unit == "ms") scale = 1;
  if (unit == "s" || unit.empty()) scale = 1000;
  if (unit == "m") scale = 60 * 1000;
  if (unit == "h") scale = 3600 * 1000;
  if (scale == 0 || number * scale > ms_max) return std::nullopt;
  return std::chrono::milliseconds{number * scale};
}

Result<AgentIdentity> agent_identity(const AgentOptions& options, ports::Random& random) {
  auto credentials = read_credentials(options, random);
  if (!credentials) return tl::make_unexpected(credentials.error());
  string domain = options.domain.empty() ? credentials->domain : options.domain;
  if (domain.empty() && options.to.find('@') != string::npos) {
    const auto named = read_aor(options.to, {});
    if (named) domain = named->host;
  }
  if (domain.empty() && options.direct && options.listen) domain = options.listen->address.text();
  if (!sip::is_host(domain)) {
    return fail(fmt::format("{}: no overlay is known to look in; give --domain", options.user));
  }
  AgentIdentity identity{options.user, domain, std::nullopt, std::move(credentials->digest)};
  if (!sip::Uri::parse("sip:" + options.user + '@' + domain)) {
    return fail(options.user + ": not a user name");
  }
  if (options.task == AgentTask::listen) return identity;
  auto to = read_aor(options.to, domain);
  if (!to) return tl::make_unexpected(to.error());
  identity.to = *std::move(to);
  return identity;
}

}  // namespace muster::node
