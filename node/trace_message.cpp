// SPDX-License-Identifier: Apache-2.0
#include "node/trace_message.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"

namespace muster::node {
namespace {

enum class Type : std::uint8_t { question = 1, answer = 2 };
constexpr std::uint8_t flag_next_hop = 0x01;
constexpr double ratio_whole = 255;

template <typename Span>
std::uint32_t clamped(Span span) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(span.count(), 0, UINT32_MAX));
}

TraceQuestion read_question(ByteReader& in) {
  TraceQuestion question;
  question.number = in.u32();
  question.attempt = in.u8();
  question.towards = in.id<NodeId>();
  question.name = as_text(in.block8());
  return question;
}

std::optional<TraceAnswer> read_answer(ByteReader& in) {
  TraceAnswer answer;
  answer.number = in.u32();
  answer.attempt = in.u8();
  const auto flags = in.u8();
  const auto next_hop = in.id<NodeId>();
  if ((flags & flag_next_hop) != 0) answer.step.next_hop = next_hop;
  answer.step.metric = in.u16();
  answer.step.delivery_ratio = in.u8() / ratio_whole;
  answer.step.round_trip = std::chrono::microseconds{in.u32()};
  answer.uptime = std::chrono::seconds{in.u32()};
  while (in.left() > 0) {
    if (answer.held.size() == TraceAnswer::held_max) return std::nullopt;
    TraceAnswer::Held held;
    held.writer = in.id<NodeId>();
    held.version.epoch = in.u32();
    held.version.sequence = in.u32();
    held.age = std::chrono::seconds{in.u32()};
    answer.held.push_back(held);
  }
  return answer;
}

}  // namespace

Bytes encode(const TraceQuestion& question) {
  assert(question.name.size() <= TraceQuestion::name_bytes_max);
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(Type::question)).u32(question.number).u8(question.attempt);
  out.raw(question.towards.view()).block8(as_bytes(question.name));
  return out.take();
}

Bytes encode(const TraceAnswer& answer) {
  assert(answer.held.size() <= TraceAnswer::held_max);
  const auto& step = answer.step;
  const double ratio = std::clamp(step.delivery_ratio, 0.0, 1.0);
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(Type::answer)).u32(answer.number).u8(answer.attempt);
  out.u8(step.next_hop ? flag_next_hop : 0).raw(step.next_hop.value_or(NodeId{}).view());
  out.u16(step.metric).u8(static_cast<std::uint8_t>(std::lround(ratio * ratio_whole)));
  out.u32(clamped(step.round_trip)).u32(clamped(answer.uptime));
  for (const auto& held : answer.held) {
    out.raw(held.writer.view()).u32(held.version.epoch).u32(held.version.sequence);
    out.u32(clamped(held.age));
  }
  return out.take();
}

std::optional<TraceMessage> parse_trace_message(BytesView bytes) {
  ByteReader in(bytes);
  std::optional<TraceMessage> read;
  switch (static_cast<Type>(in.u8())) {
    case Type::question:
      read = read_question(in);
      break;
    case Type::answer:
      if (auto answer = read_answer(in)) read = std::move(*answer);
      break;
  }
  if (!in.finished()) return std::nullopt;
  return read;
}

}  // namespace muster::node
