// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <sstream>

#include <boost/program_options.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "core/io/asio.hpp"
#include "node/io/daemon.hpp"
#include "node/io/settings_file.hpp"

namespace {

namespace options = boost::program_options;

int refuse(int code, const std::string& sentence) {
  fmt::print(stderr, "musterd: {}\n", sentence);
  return code;
}

int run(const muster::node::Settings& settings) {
  auto log = spdlog::stderr_logger_mt("musterd");
  log->set_level(spdlog::level::from_str(settings.log_level));
  log->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  log->flush_on(spdlog::level::info);
  muster::asio::io_context io{1};
  auto daemon = muster::node::Daemon::open(io, settings, log);
  if (!daemon) return refuse(1, daemon.error().sentence);
  muster::asio::signal_set stop{io, SIGINT, SIGTERM};
  stop.async_wait([&](muster::ErrorCode error, int) {
    if (error) return;
    (*daemon)->stopping();
    io.stop();
  });
  io.run();
  log->info("stopped");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  options::options_description known("options");
  known.add_options()("help,h", "print this")("config", options::value<std::string>(),
                                              "configuration file (TOML; docs/OPERATING.md)")(
      "state", options::value<std::string>(), "state directory, in place of the configuration's")(
      "check", "only read the configuration and say whether it is in order");
  options::variables_map given;
  try {
    options::store(options::command_line_parser(argc, argv).options(known).positional({}).run(),
                   given);
    options::notify(given);
    if (given.contains("help")) {
      std::ostringstream text;
      text << known;
      fmt::print(
          "usage: musterd --config FILE [--state DIR] [--check]\nThe node: finds its neighbours, "
          "serves its phones.\n{}",
          text.str());
      return 0;
    }
    if (!given.contains("config")) return refuse(2, "--config FILE is missing; see musterd --help");
    auto settings = muster::node::load_settings(given["config"].as<std::string>());
    if (!settings) return refuse(2, settings.error().sentence);
    if (given.contains("check")) {
      fmt::print("{}: in order\n", given["config"].as<std::string>());
      return 0;
    }
    if (given.contains("state")) {
      const bool default_socket =
          settings->control_socket == "ipc://" + settings->state_directory + "/control.sock";
      settings->state_directory = given["state"].as<std::string>();
      if (default_socket) {
        settings->control_socket = "ipc://" + settings->state_directory + "/control.sock";
      }
    }
    return run(*settings);
  } catch (const options::error& error) {
    return refuse(2, fmt::format("{}; see musterd --help", error.what()));
  } catch (const std::exception& error) {
    return refuse(1, error.what());
  }
}
