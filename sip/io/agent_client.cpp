// SPDX-License-Identifier: Apache-2.0
#include "sip/io/agent_client.hpp"

namespace muster::sip {

AgentClient::AgentClient(asio::io_context& io, ports::Random& random, Told told)
    : random_(random),
      told_(std::move(told)),
      sip_(io,
           [this](const IpEndpoint& from, BytesView datagram) {
             heard_from_outside_ = true;
             drive([&](Agent& agent, TimePoint at) { agent.receive(at, from, datagram); });
           }),
      rtp_(io,
           [this](const IpEndpoint& from, BytesView datagram) {
             drive([&](Agent& agent, TimePoint at) { agent.receive_media(at, from, datagram); });
           }),
      rtcp_(io, [](const IpEndpoint&, BytesView) {}),
      timer_(io) {}

TimePoint AgentClient::now() {
  return TimePoint{std::chrono::steady_clock::now().time_since_epoch()};
}

Result<void> AgentClient::open(Agent::Config config, DigestClient digest, const IpEndpoint& own) {
  if (auto opened = sip_.open(own); !opened) return opened;
  if (auto opened = UdpSocket::open_pair(own.address, rtp_, rtcp_); !opened) return opened;
  config.own = sip_.own();
  config.media = rtp_.own();
  agent_.emplace(std::move(config), std::move(digest), random_);
  return {};
}

void AgentClient::drive(const std::function<void(Agent&, TimePoint now)>& step) {
  if (!agent_) return;
  step(*agent_, now());
  while (auto output = agent_->poll()) {
    if (const auto* send = std::get_if<AgentSend>(&*output)) {
      sip_.send(send->to, send->message);
    } else if (const auto* media = std::get_if<AgentSendMedia>(&*output)) {
      rtp_.send(media->to, media->bytes);
    } else {
      told_(*output);
    }
  }
  set_timer();
}

void AgentClient::set_timer() {
  const auto due = agent_->deadline();
  if (!due) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(std::chrono::steady_clock::time_point{
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(due->time_since_epoch())});
  timer_.async_wait([this](ErrorCode error) {
    if (!error) drive([](Agent& agent, TimePoint at) { agent.advance(at); });
  });
}

void AgentClient::close() {
  sip_.close();
  rtp_.close();
  rtcp_.close();
  timer_.cancel();
}

}  // namespace muster::sip
