// SPDX-License-Identifier: Apache-2.0
#include "node/io/doctor_command.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <iostream>

#include <boost/program_options/value_semantic.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "node/diagnosis.hpp"
#include "node/dns_use.hpp"
#include "node/guests.hpp"
#include "node/io/command_line.hpp"
#include "node/io/control_server.hpp"
#include "node/io/host_facts.hpp"
#include "node/io/settings_file.hpp"
#include "node/io/state_directory.hpp"
#include "security/io/installed_kit.hpp"

namespace muster::node {
namespace {

namespace po = boost::program_options;
using Level = Finding::Level;

constexpr const char* config_default = "/etc/muster/musterd.toml";
constexpr std::chrono::seconds answer_timeout{5};

/// The findings so far, in the order in which a person would look.
class Examination {
 public:
  void note(Finding finding) { findings_.push_back(std::move(finding)); }
  void ok(std::string check, std::string text) {
    note({Level::ok, std::move(check), std::move(text), ""});
  }
  void failed(std::string check, std::string sentence) {
    note({Level::failure, std::move(check), std::move(sentence), ""});
  }
  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }

 private:
  std::vector<Finding> findings_;
};

/// The settings to examine; the defaults where there is no file.
Settings examine_settings(const VerbArguments& arguments, Examination& examination) {
  const bool named = arguments.has("config");
  const std::string path = named ? arguments.text("config") : config_default;
  Settings settings;
  std::error_code ignored;
  if (!named && !std::filesystem::exists(path, ignored)) {
    examination.note(
        {Level::warning, "configuration",
         fmt::format("{}: there is none; its links and addresses are not examined", path),
         "name it with --config FILE"});
  } else if (auto loaded = load_settings(path)) {
    settings = std::move(*loaded);
    examination.ok("configuration", path + " is in order");
  } else {
    examination.failed("configuration", loaded.error().sentence);
  }
  if (arguments.has("state")) {
    settings.state_directory = arguments.text("state");
    settings.control_socket.clear();
  }
  if (arguments.has("control")) settings.control_socket = arguments.text("control");
  if (settings.control_socket.empty()) {
    settings.control_socket = "ipc://" + settings.state_directory + "/control.sock";
  }
  return settings;
}

void examine_state(const Settings& settings, Examination& examination) {
  std::error_code trouble;
  if (!std::filesystem::exists(settings.state_directory, trouble) && !trouble) {
    return examination.note({Level::failure, "state", settings.state_directory + " is not there",
                             "install the node's kit with 'muster kit install FILE --state " +
                                 settings.state_directory + "'"});
  }
  const auto version = StateDirectory::version_of(settings.state_directory);
  if (!version) return examination.failed("state", version.error().sentence);
  if (*version > state_version) {
    return examination.note({Level::failure, "state",
                             fmt::format("{} was written by a newer Muster (version {})",
                                         settings.state_directory, *version),
                             "install that version again"});
  }
  examination.ok("state", *version == 0
                              ? settings.state_directory + ", not used by musterd so far"
                              : fmt::format("{}, version {}", settings.state_directory, *version));
}

/// The overlay's name; empty if there is no kit.
std::string examine_kit(const Settings& settings, Examination& examination) {
  const auto kit = security::load_installed_kit(settings.state_directory);
  if (!kit) {
    examination.failed("kit", kit.error().sentence);
    return {};
  }
  examination.ok("kit", fmt::format("{} of {}, home of {} users", kit->node_name, kit->overlay,
                                    kit->home_users.size()));
  if (const auto guests = check_guests(*kit, settings.sip_guests); !guests) {
    examination.failed("guests", guests.error().sentence);
  }
  if (const auto clock = clock_facts(kit->node_certificate_der)) {
    examination.note(judge_clock(*clock));
  }
  return kit->overlay;
}

/// A modem at a serial line is there, and ours to use.
Finding judge_device(const std::string& device) {
  if (access(device.c_str(), R_OK | W_OK) == 0)
    return {Level::ok, "link " + device, "it is there", {}};
  if (errno == ENOENT) {
    return {Level::warning, "link " + device, "it is not there",
            "plug the modem in, or see 'ls /dev/serial/by-id' for its name; it is tried for ever"};
  }
  return {Level::failure, "link " + device, std::strerror(errno),
          "add the user that runs musterd to the group dialout"};
}

void examine_host(const Settings& settings, const std::string& overlay, Examination& examination) {
  if (const auto disk = disk_facts(settings.state_directory)) {
    examination.note(judge_disk(*disk));
  }
  for (const auto& link : settings.links) {
    if (link.kind == LinkKind::udp) {
      examination.note(judge_interface(interface_facts(link.interface)));
    } else if (!link.device.empty()) {
      examination.note(judge_device(link.device));
    }
  }
  examination.note(judge_discovery({settings.avahi, avahi_daemon_runs(), settings.beacons,
                                    !settings.peers.empty(), asks_dns(settings, overlay)}));
  if (!is_local_address(settings.sip_listen.address)) {
    examination.note({Level::failure, "phones",
                      settings.sip_listen.text() + " is no address of this machine",
                      "set [sip] listen to one of those that 'ip address' shows"});
  } else if (settings.sip_listen.address.is_loopback()) {
    examination.note(
        {Level::warning, "phones",
         "only programs on this machine can register (" + settings.sip_listen.text() + ")",
         "set [sip] listen to the address where phones reach it"});
  } else {
    examination.ok("phones", "register at " + settings.sip_listen.text());
  }
}

template <typename Kind, typename Judge>
void examine_answer(const Settings& settings, Question question, Examination& examination,
                    const char* check, Judge judge) {
  const auto report = ask_node(settings.control_socket, question, answer_timeout);
  if (!report) return examination.failed(check, report.error().sentence);
  const auto* content = std::get_if<Kind>(&*report);
  if (content == nullptr) {
    return examination.failed(check, "musterd answered something else; is it of the same version?");
  }
  judge(*content);
}

void examine_node(const Settings& settings, Examination& examination) {
  const auto status = ask_node(settings.control_socket, Question::status, answer_timeout);
  if (!status) return examination.failed("musterd", status.error().sentence);
  if (const auto* report = std::get_if<StatusReport>(&*status)) {
    examination.ok("musterd",
                   fmt::format("runs as {} for {:.0f} s", report->name, report->uptime_s));
    for (auto& finding : judge_counters(*report)) examination.note(std::move(finding));
  }
  const auto note = [&](auto judge) {
    return [&examination, judge](const auto& content) { examination.note(judge(content)); };
  };
  examine_answer<HealthReport>(settings, Question::health, examination, "directory",
                               note(judge_health));
  examine_answer<std::vector<LinkReport>>(settings, Question::links, examination, "links",
                                          note(judge_links));
  examine_answer<std::vector<PeerReport>>(settings, Question::peers, examination, "neighbours",
                                          note(judge_neighbours));
}

const char* name_of(Level level) {
  switch (level) {
    case Level::ok:
      return "ok";
    case Level::warning:
      return "warn";
    case Level::failure:
      break;
  }
  return "fail";
}

void print_text(const std::vector<Finding>& findings) {
  for (const auto& finding : findings) {
    std::cout << fmt::format("{:<4}  {:<16}  {}\n", name_of(finding.level), finding.check,
                             finding.text);
    if (!finding.remedy.empty()) std::cout << fmt::format("{:24}-> {}\n", "", finding.remedy);
  }
}

void print_json(const std::vector<Finding>& findings) {
  nlohmann::ordered_json out{{"fit", !any_failure(findings)},
                             {"findings", nlohmann::json::array()}};
  for (const auto& finding : findings) {
    out["findings"].push_back({{"level", name_of(finding.level)},
                               {"check", finding.check},
                               {"text", finding.text},
                               {"remedy", finding.remedy}});
  }
  std::cout << out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
}

int examine(const VerbArguments& arguments) {
  Examination examination;
  const Settings settings = examine_settings(arguments, examination);
  examine_state(settings, examination);
  const auto overlay = examine_kit(settings, examination);
  examine_host(settings, overlay, examination);
  examine_node(settings, examination);
  if (arguments.has("json")) {
    print_json(examination.findings());
  } else {
    print_text(examination.findings());
  }
  return any_failure(examination.findings()) ? exit_failed : exit_done;
}

}  // namespace

int doctor_command(const std::vector<std::string>& arguments) {
  Verb verb{"doctor",
            "doctor [--config FILE] [--state DIR] [--control IPC] [--json]",
            "Looks at what a node needs: configuration, kit, clock, disk, interfaces, the running "
            "node, a\nwrite and a read of its directory, its neighbours. Each line says ok, warn "
            "or fail, and what\nto do. Exit code 1 if one fails.",
            po::options_description{"Options"},
            0,
            0,
            examine};
  verb.options.add_options()("config", po::value<std::string>()->value_name("FILE"),
                             "musterd's configuration; /etc/muster/musterd.toml if that is there")(
      "state", po::value<std::string>()->value_name("DIR"),
      "state directory, in place of the configuration's")(
      "control", po::value<std::string>()->value_name("IPC"), "control socket, likewise")(
      "json", "one JSON object instead of text");
  return run_only_verb("muster", verb, arguments);
}

}  // namespace muster::node
