// SPDX-License-Identifier: Apache-2.0
#include "sim/io/baresip_phone.hpp"

#include <algorithm>
#include <cerrno>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>

#include "sim/io/live_medium.hpp"
#include "sim/netstring.hpp"

namespace muster::sim {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr Duration control_patience = 10s;
constexpr Duration control_retry = 50ms;
constexpr auto goodbye_patience = 1500ms;

fs::path module_folder() {
  for (const auto* folder :
       {"/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules",
        "/usr/local/lib/baresip/modules"}) {
    if (fs::exists(folder)) return folder;
  }
  return "/usr/lib/baresip/modules";
}

/// A configuration without a sound card. The tone needs exactly these source settings, else
/// baresip 1.0 falls silent without a word; net_interface must not be given.
std::string configuration(const BaresipPhone::Settings& settings) {
  std::string text = fmt::format(
      "poll_method epoll\nsip_listen 127.0.0.1:{}\nsip_trans_def udp\ncall_local_timeout "
      "120\ncall_max_calls 4\n"
      "audio_player aufile,{}/out.wav\naudio_source ausine,{}\naudio_alert aufile,{}/alert.wav\n"
      "audio_srate 8000-48000\nsnd_path {}\nausrc_srate 48000\nausrc_channels 2\nausrc_format s16\n"
      "auplay_format s16\nauenc_format s16\naudec_format s16\naudio_buffer 20-160\nrtp_stats yes\n"
      "rtp_ports 30000-30999\nctrl_tcp_listen 127.0.0.1:{}\nmodule_path {}\n",
      settings.sip_port, settings.directory.string(), settings.tone_hz, settings.directory.string(),
      settings.directory.string(), settings.control_port, module_folder().string());
  for (const auto* name : {"stdio", "g711", "ausine", "aufile", "sndfile"})
    text += fmt::format("module {}.so\n", name);
  for (const auto* name : {"uuid", "account"}) text += fmt::format("module_tmp {}.so\n", name);
  for (const auto* name : {"contact", "debug_cmd", "menu", "ctrl_tcp"})
    text += fmt::format("module_app {}.so\n", name);
  return text;
}

void write_file(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

std::string text_of(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace

BaresipPhone::BaresipPhone(EventLoop& loop, const NetworkNamespace& place, Settings settings,
                           Listener listener)
    : loop_(loop), place_(place), settings_(std::move(settings)), listener_(std::move(listener)) {}

BaresipPhone::~BaresipPhone() { stop(); }

void BaresipPhone::write_files() const {
  fs::create_directories(settings_.directory);
  write_file(settings_.directory / "config", configuration(settings_));
  write_file(
      settings_.directory / "accounts",
      fmt::format(
          "<sip:{}@{}>;outbound=\"sip:{};transport=udp\";auth_pass={};regint=60;answermode=auto;"
          "audio_codecs=pcmu\n",
          settings_.user, settings_.domain, settings_.node, settings_.password));
  fs::permissions(settings_.directory / "accounts", fs::perms::owner_read | fs::perms::owner_write);
  std::string contacts;
  for (const auto& user : settings_.others)
    contacts += fmt::format("\"{}\" <sip:{}@{}>\n", user, user, settings_.domain);
  write_file(settings_.directory / "contacts", contacts);
  write_file(settings_.directory / "uuid", "");
  fs::remove(settings_.directory / "current_contact");
}

Result<bool> BaresipPhone::start() {
  stop();
  write_files();
  log_.open(settings_.log, std::ios::app | std::ios::binary);
  auto process =
      ChildProcess::start_on_terminal({{"baresip", "-4", "-s", "-f", settings_.directory.string()},
                                       {},
                                       place_.descriptor(),
                                       settings_.directory});
  if (!process) return tl::make_unexpected(process.error());
  process_ = std::move(*process);
  ++generation_;
  current_contact_ = 0;
  loop_.watch(process_->output(), [this] { read_trace(); });
  connect_until_ = monotonic_now() + control_patience;
  connect_control();
  return true;
}

void BaresipPhone::stop() {
  if (!process_) return;
  command("quit");
  const auto until = monotonic_now() + goodbye_patience;
  while (connected_ && process_->running() && monotonic_now() < until) {
    read_trace();
    ::usleep(5000);
  }
  read_trace();
  if (control_.valid()) loop_.forget(control_.get());
  loop_.forget(process_->output());
  process_->end(300ms);
  process_.reset();
  control_.reset();
  connected_ = false;
  received_.clear();
  waiting_commands_.clear();
  log_.close();
}

/// The control port opens some time after the start; asked again until it does.
void BaresipPhone::connect_control() {
  FileDescriptor socket;
  place_.inside([&] { socket = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)); });
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(settings_.control_port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
    control_ = std::move(socket);
    connected_ = true;
    loop_.watch(control_.get(), [this] { read_control(); });
    flush_commands();
    return;
  }
  if (!process_->running() || monotonic_now() > connect_until_) {
    listener_(PhoneFailed{"baresip does not open its control port; see " + settings_.log.string()});
    return;
  }
  loop_.after(control_retry, [this, generation = generation_] {
    if (process_ && generation == generation_) connect_control();
  });
}

void BaresipPhone::read_control() {
  char buffer[8192];
  const auto got = ::recv(control_.get(), buffer, sizeof buffer, 0);
  if (got <= 0) {
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    loop_.forget(control_.get());
    control_.reset();
    connected_ = false;
    return;
  }
  received_.append(buffer, static_cast<std::size_t>(got));
  while (const auto json = take_netstring(received_)) on_event(*json);
}

void BaresipPhone::on_event(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return;
  const auto type = text_of(json, "type");
  const bool outgoing = text_of(json, "direction") == "outgoing";
  if (type == "CALL_RINGING" && outgoing) listener_(CallRinging{});
  if (type == "CALL_ESTABLISHED") listener_(CallEstablished{outgoing});
  if (type == "CALL_CLOSED") listener_(CallClosed{outgoing, text_of(json, "param")});
}

void BaresipPhone::read_trace() {
  char buffer[16384];
  for (ssize_t got = 0; (got = ::read(process_->output(), buffer, sizeof buffer)) > 0;) {
    const std::string_view text(buffer, static_cast<std::size_t>(got));
    log_ << text << std::flush;
    trace_.feed(text);
  }
  // The other end is closed: asking again would be a busy loop.
  if (errno == EIO) loop_.forget(process_->output());
  while (const auto message = trace_.poll()) on_traced(*message);
}

void BaresipPhone::on_traced(const TracedMessage& message) {
  const bool outgoing = message.source == fmt::format("127.0.0.1:{}", settings_.sip_port);
  if (message.method == "MESSAGE") on_message_traffic(message, outgoing);
  if (message.method == "REGISTER" && !outgoing) on_registrar_answer(message.status);
  if (!outgoing || message.rtp_statistics.empty()) return;
  // A BYE may be sent twice, after a challenge.
  if (std::find(measured_calls_.begin(), measured_calls_.end(), message.call_id) !=
      measured_calls_.end())
    return;
  measured_calls_.push_back(message.call_id);
  listener_(CallMedia{statistic(message.rtp_statistics, "PS").value_or(0),
                      statistic(message.rtp_statistics, "PR").value_or(0)});
}

/// From the trace: the first registration is over before the control port is connected.
void BaresipPhone::on_registrar_answer(unsigned status) {
  if (status >= 200 && status < 300) listener_(PhoneRegistered{});
  if (status >= 300 && status != 401 && status != 407) {
    listener_(PhoneNotRegistered{fmt::format("its node answered {}", status)});
  }
}

/// A phone shows a message once for each transaction: a repetition has the branch of the first.
void BaresipPhone::on_message_traffic(const TracedMessage& message, bool outgoing) {
  const bool request = message.status == 0;
  if (request && outgoing) {
    if (tag_of_call_id_.contains(message.call_id) || unsent_tags_.empty()) return;
    tag_of_call_id_[message.call_id] = unsent_tags_.front();
    unsent_tags_.erase(unsent_tags_.begin());
  } else if (request) {
    if (std::find(answered_branches_.begin(), answered_branches_.end(), message.branch) ==
        answered_branches_.end()) {
      incoming_[message.branch] = {message.from_user, message.body};
    }
  } else if (outgoing) {
    const auto found = incoming_.find(message.branch);
    if (found == incoming_.end()) return;
    if (message.status >= 200 && message.status < 300) listener_(found->second);
    answered_branches_.push_back(message.branch);
    incoming_.erase(found);
  } else if (message.status >= 200 && message.status != 401 && message.status != 407) {
    const auto found = tag_of_call_id_.find(message.call_id);
    if (found != tag_of_call_id_.end()) listener_(MessageAnswered{found->second, message.status});
  }
}

void BaresipPhone::command(const std::string& name, const std::string& parameters) {
  nlohmann::json json{{"command", name}, {"token", "drill"}};
  if (!parameters.empty()) json["params"] = parameters;
  waiting_commands_.push_back(
      netstring(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
  flush_commands();
}

void BaresipPhone::flush_commands() {
  if (!connected_) return;
  for (const auto& text : waiting_commands_) {
    [[maybe_unused]] const auto sent =
        ::send(control_.get(), text.data(), text.size(), MSG_NOSIGNAL);
  }
  waiting_commands_.clear();
}

void BaresipPhone::dial(const std::string& user) {
  command("dial", fmt::format("sip:{}@{}", user, settings_.domain));
}

void BaresipPhone::hang_up() { command("hangup"); }

void BaresipPhone::message(std::size_t tag, const std::string& user, const std::string& text) {
  const auto found = std::find(settings_.others.begin(), settings_.others.end(), user);
  if (found == settings_.others.end()) return;
  const auto wanted = static_cast<std::size_t>(found - settings_.others.begin());
  for (; current_contact_ < wanted; ++current_contact_) command("contact_next");
  for (; current_contact_ > wanted; --current_contact_) command("contact_prev");
  unsent_tags_.push_back(tag);
  command("message", text);
}

}  // namespace muster::sim
