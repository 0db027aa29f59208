// SPDX-License-Identifier: Apache-2.0
#include "node/io/agent_session.hpp"

#include <cstdio>
#include <iostream>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "node/io/agent_report.hpp"
#include "node/io/command_line.hpp"

namespace muster::node {
namespace {

constexpr std::chrono::seconds first_answer_within{8};  ///< else nobody is there
constexpr std::chrono::seconds sign_off_within{5};
/// What was said last is still on its way to the other ear.
constexpr std::chrono::milliseconds pause_before_hanging_up{500};

std::string read_standard_input(std::size_t bytes_max) {
  std::string text(bytes_max + 1, '\0');
  std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::cin.gcount()));
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

AgentSession::AgentSession(AgentOptions options)
    : options_(std::move(options)),
      client_(io_, random_, [this](sip::AgentEvent& event) { told(event); }),
      signals_(io_, SIGINT, SIGTERM),
      limit_(io_),
      patience_(io_) {}

int AgentSession::run() {
  if (auto opened = open(); !opened) {
    return say_failure(agent_program(options_.task), opened.error());
  }
  watch();
  begin();
  io_.run();
  return exit_.value_or(exit_failed);
}

Result<void> AgentSession::open() {
  auto identity = agent_identity(options_, random_);
  if (!identity) return tl::make_unexpected(identity.error());
  to_ = identity->to;
  if (auto files = open_files(); !files) return files;
  const auto own = own_address();
  if (!own) return tl::make_unexpected(own.error());
  sip::Agent::Config config;
  config.user = identity->user;
  config.domain = identity->domain;
  if (!options_.direct) config.registrar = options_.registrar;
  config.answers = options_.task == AgentTask::listen;
  return client_.open(std::move(config), std::move(identity->digest), *own);
}

Result<void> AgentSession::open_files() {
  if (options_.task == AgentTask::message) {
    constexpr std::size_t text_bytes_max = sip::Agent::Limits{}.text_bytes_max;
    text_ = options_.text ? *options_.text : read_standard_input(text_bytes_max);
    if (text_.empty()) return fail("there is no text to send");
    if (text_.size() > text_bytes_max) {
      return fail(
          fmt::format("the text is longer than {} octets; send it in parts", text_bytes_max));
    }
  }
  if (options_.wav_in) {
    auto samples = sip::read_wav(*options_.wav_in);
    if (!samples) return tl::make_unexpected(samples.error());
    wav_in_ = *std::move(samples);
  }
  if (options_.wav_out) {
    auto writer = sip::WavWriter::open(*options_.wav_out);
    if (!writer) return tl::make_unexpected(writer.error());
    wav_out_ = *std::move(writer);
  }
  return {};
}

Result<IpEndpoint> AgentSession::own_address() const {
  if (options_.listen) return *options_.listen;
  IpEndpoint other = options_.registrar;
  if (options_.direct && to_) {
    const auto named = to_->ip_endpoint();
    if (!named) return fail(options_.to + ": --direct needs an IP address after the @");
    other = *named;
  }
  const auto address = sip::address_towards(other);
  if (!address) return tl::make_unexpected(address.error());
  return IpEndpoint{*address, 0};
}

void AgentSession::begin() {
  client_.drive([this](sip::Agent& agent, TimePoint now) {
    switch (options_.task) {
      case AgentTask::call:
        if (!agent.call(now, *to_)) complain(options_.to + ": has no address to call");
        break;
      case AgentTask::message:
        if (!agent.send_text(now, *to_, text_)) complain(options_.to + ": has no address");
        break;
      case AgentTask::listen:
        if (!options_.direct) agent.register_here(now);
        break;
    }
    if (options_.task != AgentTask::listen && agent.at_rest()) leave(exit_failed);
  });
  if (options_.task != AgentTask::listen) return;
  const std::string address = client_.own().text();
  say(options_.json ? fmt::format(R"({{"event":"listening","address":"{}"}})", address)
                    : fmt::format("listening as {} at {}", options_.user, address));
}

void AgentSession::watch() {
  signals_.async_wait([this](ErrorCode error, int) {
    if (error) return;
    signals_.async_wait([this](ErrorCode again, int) {  // whoever asks twice means at once
      if (!again) stop();
    });
    leave(options_.task == AgentTask::message ? exit_failed : exit_done);
  });
  if (options_.duration && options_.task == AgentTask::listen) {
    limit_.expires_after(*options_.duration);
    limit_.async_wait([this](ErrorCode error) {
      if (error) return;
      if (options_.once) complain("nobody called or wrote");
      leave(options_.once ? exit_failed : exit_done);
    });
  }
  if (options_.direct && options_.task == AgentTask::listen) return;
  patience_.expires_after(first_answer_within);
  patience_.async_wait([this](ErrorCode error) {
    if (error || client_.heard_from_outside()) return;
    const auto other = options_.direct ? to_->ip_endpoint() : std::optional{options_.registrar};
    complain(fmt::format("{}: no answer; is musterd, or another SIP server, running there?",
                         other.value_or(IpEndpoint{}).text()));
    if (options_.task == AgentTask::listen) return;  // it goes on trying
    exit_ = exit_failed;
    stop();
  });
}

void AgentSession::told(const sip::AgentEvent& event) {
  const bool answer = std::holds_alternative<sip::AgentTextAnswered>(event);
  const auto line = options_.json ? agent_event_json(event) : agent_event_text(event);
  if (line && (options_.json || !answer)) say(*line);
  std::visit([this](const auto& said) { take(said); }, event);
  asio::post(io_, [this] { stop_if_at_rest(); });
}

void AgentSession::take(const sip::AgentNotRegistered& event) {
  if (event.tries_again || exit_) return;
  complain(terminal_text(
      fmt::format("{}: the registrar refused with {} {}; is the user at home there, and are the "
                  "kit or password right?",
                  options_.user, event.status, event.reason)));
  leave(exit_failed);
}

void AgentSession::take(const sip::AgentTalking&) {
  client_.agent().say(wav_in_);
  if (options_.task != AgentTask::call || !options_.duration) return;
  limit_.expires_after(*options_.duration);
  limit_.async_wait([this](ErrorCode error) {
    if (!error) leave(exit_done);
  });
}

void AgentSession::take(const sip::AgentSaid&) {
  if (options_.task != AgentTask::call || options_.duration) return;
  limit_.expires_after(pause_before_hanging_up);
  limit_.async_wait([this](ErrorCode error) {
    if (!error) leave(exit_done);
  });
}

void AgentSession::take(const sip::AgentHeard& event) {
  if (!wav_out_ || wav_out_->write(event.frame)) return;
  complain(*options_.wav_out + ": cannot be written any more; is the disk full?");
  wav_out_.reset();
  leave(exit_failed);
}

void AgentSession::take(const sip::AgentCallEnded& event) {
  const bool good = event.talked && event.end.cause != sip::AgentCallEnd::Cause::failed;
  if (options_.task == AgentTask::call) {
    if (!good) complain(event.peer + ": " + agent_call_end_text(event.end));
    leave(good ? exit_done : exit_failed);
  } else if (options_.once) {
    leave(good ? exit_done : exit_failed);
  }
}

void AgentSession::take(const sip::AgentTextArrived&) {
  if (options_.once) leave(exit_done);
}

void AgentSession::take(const sip::AgentTextAnswered& event) {
  if (event.status >= 300) {
    complain(terminal_text(
        fmt::format("{}: refused with {} {}", options_.to, event.status, event.reason)));
    return leave(exit_failed);
  }
  if (!options_.json) {
    say(event.status == 202
            ? fmt::format("stored: it will be delivered when {} is reachable", to_->user_text())
            : "delivered");
  }
  leave(exit_done);
}

void AgentSession::leave(int code) {
  if (exit_) {
    exit_ = std::max(*exit_, code);
    return;
  }
  exit_ = code;
  limit_.cancel();
  asio::post(io_, [this] {
    client_.drive([](sip::Agent& agent, TimePoint now) {
      agent.hang_up(now);
      agent.unregister(now);
    });
    stop_if_at_rest();
  });
  patience_.expires_after(sign_off_within);
  patience_.async_wait([this](ErrorCode error) {
    if (!error) stop();
  });
}

void AgentSession::stop_if_at_rest() {
  if (exit_ && client_.agent().at_rest()) stop();
}

void AgentSession::stop() {
  client_.close();
  signals_.cancel();
  limit_.cancel();
  patience_.cancel();
  io_.stop();
}

void AgentSession::complain(const std::string& sentence) const {
  say_failure(agent_program(options_.task), Failure{sentence});
}

void AgentSession::say(const std::string& line) const {
  fmt::print("{}\n", line);
  std::fflush(stdout);  // whoever reads from a pipe sees it now
}

}  // namespace muster::node
