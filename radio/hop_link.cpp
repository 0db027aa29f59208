// SPDX-License-Identifier: Apache-2.0
#include "radio/hop_link.hpp"

#include <algorithm>

#include "core/base/seeded_random.hpp"

namespace muster::radio {
namespace {

/// After so many timeouts in a row without any acknowledgement the window shrinks to a trickle:
/// not because of loss, but because nobody seems to be there and the air belongs to others too.
constexpr unsigned silent_timeouts_max = 3;
constexpr std::size_t trickle_frames = 2;

std::uint16_t make_tag(TimePoint now, std::uint64_t seed) {
  const auto ticks = static_cast<std::uint64_t>(now.time_since_epoch().count());
  return static_cast<std::uint16_t>(SeededRandom(seed ^ ticks * 0x9e3779b97f4a7c15U).next());
}

ReceivedFrames::Limits received_limits(const HopLink::Limits& limits) {
  ReceivedFrames::Limits received;
  received.ack_hold_max = limits.ack_hold_max;
  return received;
}

RttEstimator::Limits rtt_limits(const HopLink::Limits& limits) {
  RttEstimator::Limits rtt;
  rtt.rto_initial = limits.rto_initial;
  rtt.rto_max = std::max(rtt.rto_max, limits.rto_max);
  rtt.min_rtt_span = limits.min_rtt_span;
  rtt.ack_hold_max = limits.ack_hold_max;
  return rtt;
}

DelayWindow::Limits window_limits(const HopLink::Limits& limits) {
  DelayWindow::Limits window;
  window.frame_bytes = limits.frame_bytes_max;
  window.frames_max = std::max(limits.window_frames_max, window.frames_min);
  window.frames_initial = std::min(window.frames_initial, window.frames_max);
  window.queue_delay_target = limits.queue_delay_target;
  return window;
}

}  // namespace

HopLink::HopLink(Limits limits, TimePoint now, std::uint64_t seed)
    : limits_(limits),
      now_(now),
      tag_(make_tag(now, seed)),
      queue_({.packet_bytes_max = std::min<std::size_t>(limits.packet_bytes_max, 0xffff),
              .queue_bytes_max = limits.queue_bytes_max,
              .floor_bytes = 16 * limits.frame_bytes_max,
              .codel = limits.codel}),
      sent_({.frame_bytes_max = limits.frame_bytes_max}),
      received_(received_limits(limits)),
      inbox_({.packet_bytes_max = limits.packet_bytes_max,
              .reassembly_bytes_max = limits.reassembly_bytes_max}),
      rtt_(rtt_limits(limits)),
      window_(window_limits(limits)),
      liveness_(limits.liveness, now, seed) {
  set_frame_bytes_max(limits.frame_bytes_max);
}

void HopLink::set_frame_bytes_max(std::size_t frame_bytes_max) {
  limits_.frame_bytes_max = std::clamp<std::size_t>(frame_bytes_max, frame_bytes_min, 0xffff);
  window_.set_frame_bytes(limits_.frame_bytes_max);
  sent_.set_frame_bytes_max(limits_.frame_bytes_max);
}

void HopLink::note_time(TimePoint now) { now_ = std::max(now_, now); }

void HopLink::submit(TimePoint now, BytesView packet, Precedence precedence,
                     Reliability reliability, std::optional<TimePoint> expires) {
  advance(now);
  ++counters_.packets_submitted;
  if (expires && *expires <= now_) {
    report({{precedence, DropReason::expired}});
  } else if (reliability == Reliability::best_effort &&
             liveness_.state() == LinkLiveness::State::down) {
    report({{precedence, DropReason::link_down}});
  } else {
    report(queue_.add(now_, packet, precedence, reliability, expires));
  }
}

void HopLink::receive(TimePoint now, BytesView bytes) {
  note_time(now);
  const auto frame = HopFrame::parse(bytes);
  if (!frame) {
    ++counters_.malformed;
  } else if (!of_this_life(frame->tag)) {
    ++counters_.stale_frames;
  } else if (const auto number = received_.fresh(frame->number); !number) {
    ++counters_.stale_frames;
  } else {
    ++counters_.frames_received;
    liveness_.heard(now_);
    const bool was_up = up();
    if (frame->ack && frame->ack->tag == tag_) take_ack(*frame->ack);
    if (take_chunks(*frame)) {
      received_.record(now_, *number, *frame);
      // Only now: this frame may be the first in a while, and those before it are not judged.
      if (!was_up && up()) received_.restart_ratio();
      const bool probe = frame->eliciting && frame->chunks.empty();
      if (probe && liveness_.proof_is_old(now_)) answer_with_question_ = true;
    }
  }
  advance(now);
}

bool HopLink::of_this_life(std::uint16_t tag) {
  if (peer_tag_ == tag) return true;
  if (former_peer_tag_ == tag) return false;
  if (peer_tag_) {
    // The neighbour has begun anew: it knows neither what it had nor what it had received.
    former_peer_tag_ = peer_tag_;
    received_ = ReceivedFrames(received_limits(limits_));
    inbox_ = Inbox({.packet_bytes_max = limits_.packet_bytes_max,
                    .reassembly_bytes_max = limits_.reassembly_bytes_max});
    send_again(sent_.give_up_all(now_));
    queue_.begin_again();
  }
  peer_tag_ = tag;
  return true;
}

void HopLink::take_ack(const HopAck& ack) {
  const std::size_t in_flight = sent_.bytes_in_flight();
  const auto outcome = sent_.acknowledge(now_, ack, rtt_.srtt());
  if (!outcome) {
    ++counters_.bad_acks;
    return;
  }
  if (outcome->rtt) rtt_.sample(now_, *outcome->rtt);
  for (const Piece& piece : outcome->arrived) queue_.arrived(piece);
  send_again(outcome->lost);
  if (!outcome->news) return;
  rtt_.acknowledged();
  if (outcome->rtt) {
    queue_delay_ = *outcome->rtt - rtt_.min_rtt();
    window_.acknowledged(outcome->bytes_acked, in_flight, *queue_delay_);
  }
  if (liveness_.proved(now_, sent_.delivery_ratio(), received_.heard_ratio())) come_up();
}

bool HopLink::take_chunks(const HopFrame& frame) {
  if (frame.oldest) inbox_.settle(*frame.oldest);
  bool stored = true;
  for (const HopChunk& chunk : frame.chunks) {
    switch (inbox_.accept(now_, chunk, frame.oldest)) {
      case Inbox::Verdict::whole:
        ++counters_.packets_delivered;
        outputs_.push_back(Deliver{inbox_.packet()});
        break;
      case Inbox::Verdict::kept:
        break;
      case Inbox::Verdict::duplicate:
        ++counters_.duplicate_packets;
        break;
      case Inbox::Verdict::no_room:
        ++counters_.reassembly_full;
        if (chunk.reliable) stored = false;
        break;
      case Inbox::Verdict::malformed:
        ++counters_.malformed;
        break;
    }
  }
  return stored;
}

void HopLink::send_again(const std::vector<Piece>& pieces) {
  counters_.pieces_sent_again += pieces.size();
  for (const Piece& piece : pieces) report(queue_.lost(now_, piece));
}

void HopLink::report(const SendQueue::Drops& drops) {
  counters_.packets_dropped += drops.size();
  for (const auto& drop : drops) outputs_.push_back(Dropped{drop.precedence, drop.reason});
}

void HopLink::advance(TimePoint now) {
  note_time(now);
  check_timeouts();
  report(queue_.expire(now_));
  inbox_.expire(now_);
  if (liveness_.advance(now_)) go_down();
}

void HopLink::vouched(TimePoint now) {
  note_time(now);
  liveness_.vouched(now_);
}

void HopLink::rest() { liveness_.rest(); }

void HopLink::wake(TimePoint now) {
  note_time(now);
  liveness_.wake(now_);
}

Duration HopLink::rto() const {
  const Duration rto = rtt_.rto();
  if (!liveness_.hardly_chance(rtt_.silent_timeouts())) return rto;
  return std::max(rto, limits_.liveness.trial_spacing);
}

void HopLink::check_timeouts() {
  const Duration rto = this->rto();
  const auto due = sent_.earliest_timeout(rto);
  if (!due || *due > now_) return;
  ++counters_.timeouts;
  send_again(sent_.time_out(now_, rto));
  // Frames sent together time out one by one: together they are one silence.
  if (!timed_out_at_ || now_ - *timed_out_at_ >= rto) {
    timed_out_at_ = now_;
    rtt_.timed_out();
  }
}

void HopLink::go_down() {
  send_again(sent_.give_up_all(now_));
  report(queue_.drop_best_effort());
  outputs_.push_back(UpDown{false});
}

void HopLink::come_up() {
  sent_.restart_ratio();
  window_.restart();
  outputs_.push_back(UpDown{true});
}

std::optional<HopLink::Output> HopLink::poll() {
  if (outputs_.empty()) make_frame();
  return poll_event();
}

std::optional<Precedence> HopLink::wants() const {
  if (may_send_data()) return queue_.next_precedence();
  // An acknowledgement is worth what it frees at the other end, a question nothing of that.
  if (received_.ack_due(now_)) return Precedence::immediate;
  if (liveness_.probe_due(now_)) return Precedence::priority;
  return std::nullopt;
}

std::optional<HopLink::Output> HopLink::poll_event() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

void HopLink::make_frame() {
  report(queue_.shed(now_));
  if (may_send_data()) {
    transmit(true, false);
  } else if (received_.ack_due(now_)) {
    transmit(false, answer_with_question_);
  } else if (liveness_.probe_due(now_)) {
    transmit(false, true);
  }
}

bool HopLink::may_send_data() const {
  if (liveness_.state() == LinkLiveness::State::down) return false;
  const bool silent = rtt_.silent_timeouts() >= silent_timeouts_max;
  if (liveness_.hardly_chance(rtt_.silent_timeouts()))
    return sent_.bytes_in_flight() == 0 && queue_.anything_to_send();
  std::size_t window = silent ? trickle_frames * sent_.usual_frame_bytes() : window_.bytes();
  if (!silent && queue_.next_precedence() == Precedence::flash)
    window += limits_.flash_frames_beyond * limits_.frame_bytes_max;
  return sent_.bytes_in_flight() < window && queue_.anything_to_send();
}

std::size_t HopLink::bitmap_bytes_max() const {
  return std::min(hop_ack_bitmap_bytes_max, limits_.frame_bytes_max / 16);
}

std::size_t HopLink::whole_bytes_max(std::size_t frame_bytes) const {
  return frame_bytes - hop_header_bytes - hop_ack_fixed_bytes - bitmap_bytes_max() -
         hop_oldest_bytes - HopChunk::overhead(true, false);
}

void HopLink::transmit(bool with_data, bool eliciting) {
  HopFrame frame;
  SentFrames::Frame sent;
  frame.tag = tag_;
  frame.number = static_cast<std::uint32_t>(sent_.next_number());
  frame.back = sent_.back();
  frame.ack = received_.take_ack(now_, peer_tag_.value_or(0), bitmap_bytes_max());
  if (with_data) {
    const std::size_t used = hop_header_bytes + (frame.ack ? frame.ack->size() : 0);
    const std::size_t bytes = sent_.next_frame_bytes();
    queue_.fill(frame, sent.pieces, bytes - used, whole_bytes_max(bytes));
  }
  frame.eliciting = eliciting || !sent.pieces.empty();
  Transmit transmit;
  for (const HopChunk& chunk : frame.chunks) {
    if (chunk.kind < transmit.octets_of_kind.size())
      transmit.octets_of_kind[chunk.kind] += static_cast<std::uint16_t>(chunk.data.size());
  }
  transmit.frame = frame.encode();
  queue_.frame_encoded();

  sent.at = now_;
  sent.bytes = transmit.frame.size();
  sent.eliciting = frame.eliciting;
  sent.tracked = frame.eliciting || !frame.chunks.empty();
  if (frame.eliciting) {
    answer_with_question_ = false;
    liveness_.asked(now_, with_data);
  }
  sent_.sent(std::move(sent));
  ++counters_.frames_sent;
  outputs_.push_back(std::move(transmit));
}

std::optional<TimePoint> HopLink::deadline() const {
  std::optional<TimePoint> next = liveness_.deadline();
  next = earlier(next, received_.deadline());
  next = earlier(next, sent_.earliest_timeout(rto()));
  next = earlier(next, queue_.earliest_expiry());
  return earlier(next, inbox_.earliest_expiry());
}

HopLink::Quality HopLink::quality() const {
  Quality quality;
  quality.up = up();
  quality.delivery_ratio = sent_.delivery_ratio();
  quality.delivery_trials = sent_.delivery_trials();
  quality.heard_ratio = received_.heard_ratio();
  quality.srtt = rtt_.srtt();
  quality.rto = rtt_.rto();
  quality.queue_bytes = queue_.bytes();
  quality.window_bytes = window_.bytes();
  quality.whole_packet_bytes = whole_bytes_max(sent_.usual_frame_bytes());
  quality.counters = counters_;
  quality.counters.spurious = sent_.spurious();
  return quality;
}

}  // namespace muster::radio
