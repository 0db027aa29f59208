// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>

#include "security/end_to_end.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/security/end_to_end_world.hpp"

namespace muster::fuzz {
namespace {

using security::test::EndToEndWorld;

struct Sealed {
  std::uint8_t to;
  Bytes bytes;
};

/// Three nodes, and carriers that repeat, damage and invent what they carry.
class Carriers {
 public:
  Carriers() {
    world_.limits.contexts_max = 4;
    world_.limits.correspondents_max = 4;
    world_.limits.spent_contexts_max = 64;
    for (std::uint8_t number : {1, 2, 3}) world_.start(number);
  }

  void act(Choices& choices) {
    const auto from = static_cast<std::uint8_t>(1 + choices.below(3));
    const auto to = static_cast<std::uint8_t>(1 + choices.below(3));
    switch (choices.below(6)) {
      case 0:
        seal(from, to);
        break;
      case 1:
        if (const Sealed* const chosen = carried(choices)) open(chosen->to, chosen->bytes, from);
        break;
      case 2:
        damage(choices, from, to);
        break;
      case 3:
        open(to, choices.bytes(200), from);
        break;
      case 4:
        (void)world_.settle(choices.short_pause());
        break;
      case 5:
        // Always a new prekey, as a node that has forgotten its windows must have.
        world_.start(from, static_cast<std::uint8_t>(2 + ++starts_ % 250));
        break;
    }
  }

 private:
  void seal(std::uint8_t from, std::uint8_t to) {
    const std::string text = std::to_string(++number_) + " from " + std::to_string(from);
    const auto sealed = world_[from].seal(world_.now, EndToEndWorld::id(to), as_bytes(text));
    if (!sealed) return;
    sealed_.push_back({to, *sealed});
    expected_[text] = to;
  }
  const Sealed* carried(Choices& choices) const {
    const std::size_t back = choices.below(256);
    return back < sealed_.size() ? &sealed_[sealed_.size() - 1 - back] : nullptr;
  }
  void damage(Choices& choices, std::uint8_t from, std::uint8_t to) {
    const Sealed* const chosen = carried(choices);
    if (chosen == nullptr) return;
    Bytes bytes = chosen->bytes;
    bytes[choices.below(bytes.size())] ^= choices.octet();
    bytes.resize(bytes.size() - std::min<std::size_t>(bytes.size(), choices.below(3)));
    open(to, bytes, from);
  }
  /// What opens was sealed by who it says, for whom it is opened, and opens once.
  void open(std::uint8_t at, BytesView sealed, std::uint8_t source) {
    const auto opened = world_.open(at, sealed, source);
    if (!opened) {
      (void)to_string(opened.error());
      return;
    }
    const auto known = expected_.find(std::string{as_text(opened->plaintext)});
    MUST(known != expected_.end());
    MUST(known->second == at);
    MUST(known->first.ends_with("from " + std::to_string(opened->from.octets[0])));
    expected_.erase(known);
  }

  EndToEndWorld world_;
  std::vector<Sealed> sealed_;
  std::map<std::string, std::uint8_t> expected_;
  std::uint64_t number_ = 0;
  std::uint8_t starts_ = 0;
};

void decode(BytesView input) {
  using namespace security;
  if (const auto form = FirstForm::decode_header(input)) {
    MUST(form->encode_header() == to_bytes(input.first(FirstForm::header_bytes)));
  }
  if (const auto form = LaterForm::decode_header(input)) {
    MUST(form->encode_header() == to_bytes(input.first(LaterForm::header_bytes)));
  }
  if (const auto control = EndToEndControl::decode(input)) {
    MUST(EndToEndControl::decode(control->encode()));
  }
  for (const bool shows : {false, true}) {
    const EndToEndFlags flags{shows, false};
    if (const auto contents = EndToEndContents::decode(flags, input)) {
      MUST(contents->encode() == to_bytes(input));
    }
  }
}

}  // namespace

void run(BytesView input) {
  decode(input);
  Choices choices(input);
  Carriers carriers;
  for (int acts = 0; choices.left() && acts < 100; ++acts) carriers.act(choices);
}

std::vector<Bytes> seeds() {
  security::EndToEndControl control{security::EndToEndControl::Kind::cannot_open, {}, {7, {}}};
  const Bytes talk{0, 1, 0, 0, 0, 1, 0, 1, 0,  4, 20, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0,
                   0, 0, 1, 0, 0, 1, 2, 0, 40, 8, 0,  1, 0, 5, 0, 1, 0, 0, 1, 1, 0};
  return {talk, control.encode(), {0, 1, 0, 1, 0, 5, 0, 0, 1, 0, 0, 0, 4, 26, 0, 1, 0}};
}

}  // namespace muster::fuzz
