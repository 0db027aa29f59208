// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/seeded_random.hpp"
#include "sip/agent.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::test {

/// An agent and all that its user has seen and heard.
class AgentAt {
 public:
  AgentAt(sip::Agent::Config config, const std::string& password, std::uint64_t seed)
      : random_(seed),
        own(config.own),
        media(config.media),
        agent(config, sip::DigestClient{config.user, password, random_}, random_) {}

 private:
  SeededTestRandom random_;

 public:
  IpEndpoint own;
  IpEndpoint media;
  sip::Agent agent;
  std::vector<std::int16_t> to_say;  ///< in each call, from its beginning
  std::vector<std::int16_t> heard;
  std::vector<std::string> texts;
  std::vector<sip::AgentTextAnswered> answers;
  std::vector<sip::AgentCallEnded> ends;
  std::vector<sip::AgentNotRegistered> not_registered;
  unsigned registered = 0;
  unsigned unregistered = 0;
  unsigned ringing = 0;
  unsigned called = 0;
  unsigned talking = 0;
  unsigned said = 0;
  std::vector<Bytes> sent;  ///< SIP
};

/// Agents, and whoever else has an address, on a wire that loses and delays datagrams, under a
/// clock that the test owns.
class AgentWorld {
 public:
  using Receiver = std::function<void(const IpEndpoint& from, BytesView datagram)>;
  explicit AgentWorld(std::uint64_t seed = 1) : chance_(seed) {}

  TimePoint now{std::chrono::seconds{1000}};
  double sip_loss = 0;
  double media_loss = 0;
  Duration jitter{};
  std::map<IpEndpoint, Receiver> others;
  /// Of those others.
  std::function<std::optional<TimePoint>()> other_deadline = [] { return std::nullopt; };
  std::function<void()> other_step = [] {};

  static sip::Agent::Config config_of(const std::string& user, unsigned number) {
    sip::Agent::Config config;
    config.user = user;
    config.domain = "drill.example";
    config.own = *IpEndpoint::parse("10.0.0." + std::to_string(number) + ":5060");
    config.media = *IpEndpoint::parse("10.0.0." + std::to_string(number) + ":4000");
    config.answers = true;
    config.answer_after = std::chrono::milliseconds{200};
    return config;
  }
  AgentAt& add(const sip::Agent::Config& config, const std::string& password = "secret") {
    agents.push_back(std::make_unique<AgentAt>(config, password, agents.size() + 7));
    return *agents.back();
  }
  AgentAt& add(const std::string& user) {
    return add(config_of(user, static_cast<unsigned>(agents.size() + 1)));
  }
  static sip::Uri address_of(const AgentAt& at) {
    return *sip::Uri::parse("sip:someone@" + at.own.text());
  }

  void send(const IpEndpoint& from, const IpEndpoint& to, Bytes bytes, double loss) {
    if (chance_.unit() < loss) return;
    Duration delay = std::chrono::milliseconds{1};
    if (jitter > Duration{})
      delay += Duration{
          static_cast<std::int64_t>(chance_.below(static_cast<std::uint64_t>(jitter.count())))};
    wire_.emplace(now + delay, Datagram{from, to, std::move(bytes)});
  }
  void run(Duration duration) {
    const TimePoint end = now + duration;
    step();
    for (;;) {
      auto next = other_deadline();
      if (!wire_.empty()) next = earlier(next, wire_.begin()->first);
      for (const auto& at : agents) next = earlier(next, at->agent.deadline());
      if (!next || *next > end) break;
      now = std::max(now, *next);
      ASSERT_LT(++steps_, 400'000u) << "the machines never rest";
      step();
    }
    now = end;
    step();
  }

  std::vector<std::unique_ptr<AgentAt>> agents;

 private:
  struct Datagram {
    IpEndpoint from, to;
    Bytes bytes;
  };
  void step() {
    while (!wire_.empty() && wire_.begin()->first <= now) {
      const Datagram datagram = std::move(wire_.begin()->second);
      wire_.erase(wire_.begin());
      for (auto& at : agents) {
        if (at->own == datagram.to) at->agent.receive(now, datagram.from, datagram.bytes);
        if (at->media == datagram.to) at->agent.receive_media(now, datagram.from, datagram.bytes);
      }
      const auto other = others.find(datagram.to);
      if (other != others.end()) other->second(datagram.from, datagram.bytes);
    }
    for (auto& at : agents) {
      at->agent.advance(now);
      while (auto output = at->agent.poll()) {
        std::visit([&](auto& said) { take(*at, said); }, *output);
      }
    }
    other_step();
  }
  void take(AgentAt& at, sip::AgentSend& out) {
    at.sent.push_back(out.message);
    send(at.own, out.to, std::move(out.message), sip_loss);
  }
  void take(AgentAt& at, sip::AgentSendMedia& out) {
    send(at.media, out.to, std::move(out.bytes), media_loss);
  }
  void take(AgentAt& at, sip::AgentRegistered&) { ++at.registered; }
  void take(AgentAt& at, sip::AgentNotRegistered& out) { at.not_registered.push_back(out); }
  void take(AgentAt& at, sip::AgentUnregistered&) { ++at.unregistered; }
  void take(AgentAt& at, sip::AgentRinging&) { ++at.ringing; }
  void take(AgentAt& at, sip::AgentCalled&) { ++at.called; }
  void take(AgentAt& at, sip::AgentTalking&) {
    ++at.talking;
    at.agent.say(at.to_say);
  }
  void take(AgentAt& at, sip::AgentCallEnded& out) { at.ends.push_back(out); }
  void take(AgentAt& at, sip::AgentHeard& out) {
    at.heard.insert(at.heard.end(), out.frame.begin(), out.frame.end());
  }
  void take(AgentAt& at, sip::AgentSaid&) { ++at.said; }
  void take(AgentAt& at, sip::AgentTextArrived& out) { at.texts.push_back(out.text); }
  void take(AgentAt& at, sip::AgentTextAnswered& out) { at.answers.push_back(out); }

  SeededRandom chance_;
  std::uint64_t steps_ = 0;
  std::multimap<TimePoint, Datagram> wire_;
};

inline std::vector<std::int16_t> tone(double hertz, double seconds) {
  std::vector<std::int16_t> samples(static_cast<std::size_t>(seconds * 48000));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double phase = 2 * M_PI * hertz * static_cast<double>(i) / 48000;
    samples[i] = static_cast<std::int16_t>(std::lround(8000 * std::sin(phase)));
  }
  return samples;
}

/// How much of the power of `samples` is at that frequency: 1 for a pure tone (Goertzel).
inline double share_of_tone(const std::vector<std::int16_t>& samples, double hertz) {
  const double turn = 2 * std::cos(2 * M_PI * hertz / 48000);
  double before = 0, last = 0, power = 0;
  for (const auto sample : samples) {
    const double next = sample + turn * last - before;
    before = last;
    last = next;
    power += static_cast<double>(sample) * sample;
  }
  if (power == 0) return 0;
  const double at_tone = last * last + before * before - turn * last * before;
  return 2 * at_tone / (power * static_cast<double>(samples.size()));
}

/// A voice that says "a": overtones of a wandering pitch under two formants.
inline std::vector<std::int16_t> voice(double seconds) {
  const auto formant = [](double hertz, double at, double width) {
    const double off = (hertz - at) / width;
    return 1 / (1 + off * off);
  };
  std::vector<std::int16_t> samples(static_cast<std::size_t>(seconds * 48000));
  double phase = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double pitch = 120 + 20 * std::sin(2 * M_PI * 1.3 * static_cast<double>(i) / 48000);
    phase += 2 * M_PI * pitch / 48000;
    double sum = 0;
    for (int n = 1; n < 25; ++n) {
      const double volume = formant(n * pitch, 600, 200) + formant(n * pitch, 1500, 250) / 2;
      sum += volume * std::sin(n * phase);
    }
    samples[i] = static_cast<std::int16_t>(std::lround(2500 * sum));
  }
  return samples;
}

inline double power_of(std::span<const std::int16_t> samples) {
  double power = 0;
  for (const auto sample : samples) power += static_cast<double>(sample) * sample;
  return power / static_cast<double>(samples.size());
}

/// The share of the frames of `heard` at less than half the volume of `said`, which is even: where
/// a listener hears a gap.
inline double share_of_gaps(std::span<const std::int16_t> heard,
                            std::span<const std::int16_t> said) {
  constexpr std::size_t size = sip::audio_frame_samples;
  const double enough = power_of(said) / 4;
  std::size_t gaps = 0;
  for (std::size_t at = 0; at + size <= heard.size(); at += size) {
    gaps += power_of(heard.subspan(at, size)) < enough ? 1 : 0;
  }
  return static_cast<double>(gaps) / static_cast<double>(heard.size() / size);
}

}  // namespace muster::test
