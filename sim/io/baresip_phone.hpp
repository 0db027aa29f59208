// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/io/child_process.hpp"
#include "sim/io/event_loop.hpp"
#include "sim/io/network_namespace.hpp"
#include "sim/phone_event.hpp"
#include "sim/sip_trace.hpp"

namespace muster::sim {

/// One ordinary SIP phone without a sound card: baresip, in the namespace of its node, which it
/// knows as its outbound proxy. It sends a tone and records what it hears (sndfile's dump-*-dec.wav
/// in its directory). Commands go through its ctrl_tcp module, what happens is read from
/// that module's events and from its SIP trace.
class BaresipPhone {
 public:
  struct Settings {
    std::string user;
    std::string domain;
    std::string password;
    std::string node = "127.0.0.1:5060";
    unsigned tone_hz = 440;
    unsigned sip_port = 5080;  ///< the next one is taken as well (TLS)
    unsigned control_port = 5180;
    std::vector<std::string> others;  ///< users it may write to
    std::filesystem::path directory;
    std::filesystem::path log;
  };
  using Listener = std::function<void(const PhoneEvent&)>;

  BaresipPhone(EventLoop& loop, const NetworkNamespace& place, Settings settings,
               Listener listener);
  ~BaresipPhone();
  BaresipPhone(const BaresipPhone&) = delete;
  BaresipPhone& operator=(const BaresipPhone&) = delete;

  [[nodiscard]] Result<bool> start();
  /// Lets it say goodbye and close its recordings.
  void stop();
  [[nodiscard]] bool started() const { return process_.has_value(); }

  void dial(const std::string& user);
  void hang_up();
  void message(std::size_t tag, const std::string& user, const std::string& text);

 private:
  void write_files() const;
  void connect_control();
  void read_control();
  void read_trace();
  void on_event(std::string_view json);
  void on_traced(const TracedMessage& message);
  void on_registrar_answer(unsigned status);
  void on_message_traffic(const TracedMessage& message, bool outgoing);
  void command(const std::string& name, const std::string& parameters = "");
  void flush_commands();

  EventLoop& loop_;
  const NetworkNamespace& place_;
  Settings settings_;
  Listener listener_;
  std::optional<ChildProcess> process_;
  FileDescriptor control_;
  bool connected_ = false;
  TimePoint connect_until_{};
  unsigned generation_ = 0;  ///< of the process, so that old timers know they are old
  std::string received_;
  std::vector<std::string> waiting_commands_;
  std::size_t current_contact_ = 0;
  SipTrace trace_;
  std::ofstream log_;
  std::vector<std::size_t> unsent_tags_;  ///< of messages not yet seen in the trace
  std::map<std::string, std::size_t> tag_of_call_id_;
  std::map<std::string, MessageShown> incoming_;  ///< by branch, until our phone answers
  std::vector<std::string> answered_branches_;
  std::vector<std::string> measured_calls_;
};

}  // namespace muster::sim
