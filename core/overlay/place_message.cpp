// SPDX-License-Identifier: Apache-2.0
#include "core/overlay/place_message.hpp"

#include <cassert>

namespace muster::overlay {
namespace {

enum class Type : std::uint8_t {
  fetch = 1,
  found = 2,
  store = 3,
  proposal = 4,
  verdicts = 5,
  seek = 6,
  sought = 7
};
constexpr std::uint8_t flag_holder = 0x01;
constexpr std::uint8_t flag_hints = 0x02;
constexpr std::uint8_t flag_places = 0x80;  ///< beside the type

ByteWriter message(Type type, const Ask& ask) {
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(type)).u32(ask.question).u8(ask.attempt);
  return out;
}

std::optional<Verdicts> read_verdicts(ByteReader& in, const Ask& ask) {
  Verdicts verdicts{ask, {}};
  while (in.left() > 0) {
    const auto each = static_cast<Verdicts::Each>(in.u8());
    if (each < Verdicts::Each::held || each > Verdicts::Each::refused) return std::nullopt;
    verdicts.verdicts.push_back(each);
  }
  return verdicts;
}

}  // namespace

Bytes encode(const Fetch& fetch) {
  assert(fetch.name.size() <= Fetch::name_bytes_max);
  ByteWriter out = message(Type::fetch, fetch.ask);
  out.u16(fetch.kinds.bits()).block8(as_bytes(fetch.name));
  return out.take();
}

Bytes encode(const Found& found) {
  ByteWriter out = message(Type::found, found.ask);
  out.u8(found.holder ? flag_holder : 0);
  write(out, found.records);
  return out.take();
}

Bytes encode(const Store& store) {
  ByteWriter out = message(Type::store, store.ask);
  write(out, store.records);
  return out.take();
}

Bytes encode(const Proposal& proposal) {
  assert(proposal.items.size() <= Proposal::items_max);
  ByteWriter out = message(Type::proposal, proposal.ask);
  write(out, proposal.items);
  return out.take();
}

Bytes encode(const Verdicts& verdicts) {
  ByteWriter out = message(Type::verdicts, verdicts.ask);
  for (const auto each : verdicts.verdicts) out.u8(static_cast<std::uint8_t>(each));
  return out.take();
}

Bytes encode(const Seek& seek) {
  ByteWriter out = message(Type::seek, seek.ask);
  out.u16(seek.kinds.bits()).u8(seek.wanted).raw(seek.place.view());
  return out.take();
}

Bytes encode(const Sought& sought) {
  assert(sought.contacts.size() <= Seek::contacts_max);
  ByteWriter out = message(Type::sought, sought.ask);
  out.u8(static_cast<std::uint8_t>((sought.holder ? flag_holder : 0) |
                                   (sought.hints ? flag_hints : 0)));
  write(out, sought.contacts);
  write(out, sought.records);
  return out.take();
}

std::optional<PlaceMessage> parse_place_message(BytesView bytes) {
  if (bytes.size() > place_message_bytes_max) return std::nullopt;
  ByteReader in(bytes);
  const auto type = static_cast<Type>(in.u8() & ~flag_places);
  const auto question = in.u32();
  const Ask ask{question, in.u8()};
  std::optional<PlaceMessage> read;
  switch (type) {
    case Type::fetch: {
      const auto kinds = KindSet::of_bits(in.u16());
      read = Fetch{ask, kinds, as_text(in.block8())};
      break;
    }
    case Type::found: {
      const bool holder = (in.u8() & flag_holder) != 0;
      read = Found{ask, holder, read_records(in)};
      break;
    }
    case Type::store:
      read = Store{ask, read_records(in)};
      break;
    case Type::proposal:
      if (Proposal proposal{ask, read_items(in)}; proposal.items.size() <= Proposal::items_max) {
        read = std::move(proposal);
      }
      break;
    case Type::seek: {
      const auto kinds = KindSet::of_bits(in.u16());
      const auto wanted = in.u8();
      read = Seek{ask, kinds, wanted, in.id<Place>()};
      break;
    }
    case Type::sought: {
      const auto flags = in.u8();
      Sought sought{ask, (flags & flag_holder) != 0, (flags & flag_hints) != 0, {}, {}};
      sought.contacts = read_contacts(in);
      sought.records = read_records(in);
      if (sought.contacts.size() <= Seek::contacts_max) read = std::move(sought);
      break;
    }
    case Type::verdicts:
      if (auto verdicts = read_verdicts(in, ask)) read = std::move(*verdicts);
      break;
  }
  if (!in.finished()) return std::nullopt;
  return read;
}

void set_attempt(Bytes& question, std::uint8_t attempt) {
  constexpr std::size_t attempt_offset = 1 + 4;
  question.at(attempt_offset) = attempt;
}

void set_sender_places(Bytes& message) { message.at(0) |= flag_places; }

bool sender_places(BytesView message) {
  return !message.empty() && (message[0] & flag_places) != 0;
}

bool is_answer(BytesView message) {
  if (message.empty()) return false;
  const auto type = static_cast<Type>(message[0] & ~flag_places);
  return type == Type::found || type == Type::verdicts || type == Type::sought;
}

bool is_look_up(BytesView message) {
  return !message.empty() && (message[0] & ~flag_places) <= static_cast<std::uint8_t>(Type::found);
}

}  // namespace muster::overlay
