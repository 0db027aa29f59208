// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "sip/edge.hpp"
#include "sip/parser.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/fuzz/sip_texts.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::fuzz {
namespace {

using sip::Edge;

NodeId node(std::size_t number) {
  NodeId id;
  id.octets[15] = static_cast<std::uint8_t>(number);
  return id;
}

/// Everybody exists, everybody's phones are at node 2 as well, and passwords are known.
class Overlay final : public sip::Locator,
                      public sip::CredentialSource,
                      public sip::StoredMessages,
                      public sip::MediaSockets {
 public:
  std::vector<NodeId> nodes_of(std::string_view) const override { return {node(2)}; }
  bool user_exists(std::string_view aor) const override { return !aor.starts_with("nobody"); }
  bool reachable(const NodeId& which) const override { return which != node(3); }
  std::vector<NodeId> homes_of(std::string_view) const override { return {node(2), node(3)}; }
  bool may_speak_for(const NodeId& which, std::string_view) const override {
    return which == node(2);
  }
  std::optional<sip::DigestVerifier> find(std::string_view user) const override {
    return sip::digest_verifier(user, "drill.example", "secret");
  }
  bool home_here(std::string_view user) const override { return user != "visitor"; }
  bool waiting_for(std::string_view) const override { return false; }
  sip::KeepResult keep(TimePoint, std::string_view, std::string_view, std::string_view,
                       BytesView request) override {
    kept.push_back(to_bytes(request));
    return kept.size() < 10 ? sip::KeepResult::kept : sip::KeepResult::over_quota;
  }
  bool seen(std::string_view identity) const override { return seen_.contains(identity); }
  bool mark_seen(TimePoint, std::string_view identity) override {
    seen_.emplace(identity);
    return true;
  }
  std::optional<std::uint16_t> open_pair() override {
    if (open_.size() >= 8) return std::nullopt;
    next_ = static_cast<std::uint16_t>(next_ + 2);
    open_.insert(next_);
    return next_;
  }
  void close_pair(std::uint16_t port) override { MUST(open_.erase(port) == 1); }

  std::vector<Bytes> kept;

 private:
  std::set<std::string, std::less<>> seen_;
  std::set<std::uint16_t> open_;
  std::uint16_t next_ = 20000;
};

/// One edge between phones and nodes that say what they like. What it says itself can be answered
/// or sent back.
class Surroundings {
 public:
  void act(Choices& choices) {
    const NodeId peer = node(2 + choices.below(2));
    const auto phone =
        *IpEndpoint::parse("10.0.1." + std::to_string(10 + choices.below(3)) + ":5060");
    switch (choices.below(9)) {
      case 0:
        edge_.receive_phone(now_, phone, choices.bytes(1500));
        break;
      case 1:
        edge_.receive_node(now_, peer, choices.bytes(1500));
        break;
      case 2:
        edge_.receive_phone(now_, phone, request(choices));
        break;
      case 3:
        edge_.receive_node(now_, peer, request(choices));
        break;
      case 4:
        answer(choices, phone, peer);
        break;
      case 5:
        edge_.receive_rtp(now_, static_cast<std::uint16_t>(20000 + choices.below(20)), phone,
                          choices.bytes(60));
        break;
      case 6:
        edge_.receive_media(now_, peer, choices.bytes(60));
        break;
      case 7:
        now_ += choices.short_pause();
        break;
      case 8:
        if (!overlay_.kept.empty()) {
          edge_.attempt_stored(now_, ++stored_, "dave@drill.example",
                               overlay_.kept[choices.below(overlay_.kept.size())]);
        } else {
          edge_.node_unreachable(now_, peer, choices.octet());
        }
        break;
    }
    settle(edge_, now_, [&](Edge::Output& output) { take(output); });
    MUST(edge_.calls() <= Edge::Limits{}.calls_max);
  }

 private:
  /// A request that is well formed, with a branch, Call-ID and CSeq of few, so that they meet.
  Bytes request(Choices& choices) {
    static const char* const methods[] = {"INVITE",   "ACK",     "BYE",    "CANCEL", "MESSAGE",
                                          "REGISTER", "OPTIONS", "UPDATE", "PRACK"};
    const char digit = static_cast<char>('0' + choices.below(4));
    std::string text =
        sip_request(methods[choices.below(9)],
                    choices.coin() ? "sip:dave@drill.example" : "sip:alice@10.0.1.10:5060;ob",
                    choices.coin() ? "Content-Type: application/sdp\r\n" : "",
                    choices.coin() ? session_description : "hello");
    const auto replace = [&](std::string_view from, char with) {
      const auto at = text.find(from);
      if (at != std::string::npos) text[at + from.size()] = with;
    };
    replace("Call-ID: call-", digit);
    replace("CSeq: ", static_cast<char>('1' + choices.below(3)));
    for (std::size_t edits = choices.below(4); edits > 0; --edits) {
      text[choices.below(text.size())] = static_cast<char>(choices.octet());
    }
    return to_bytes(text);
  }
  void answer(Choices& choices, const IpEndpoint& phone, const NodeId& peer) {
    if (said_.empty()) return;
    const auto message = sip::parse(said_[choices.below(said_.size())]);
    MUST(message);
    if (!message->is_request()) {
      edge_.receive_node(now_, peer, message->serialise());
      return;
    }
    static const unsigned statuses[] = {100, 180, 183, 200, 202, 302, 401, 404, 408, 486, 487, 503};
    auto response = sip::make_response(*message, statuses[choices.below(12)], {}, "d1");
    response.add("Contact", "<sip:dave@10.0.2.10:5060>");
    if (choices.coin()) {
      response.set("Content-Type", "application/sdp");
      response.body = session_description;
    }
    if (choices.coin()) {
      edge_.receive_node(now_, peer, response.serialise());
    } else {
      edge_.receive_phone(now_, phone, response.serialise());
    }
  }
  void take(Edge::Output& output) {
    Bytes* message = nullptr;
    if (auto* const phone = std::get_if<Edge::ToPhone>(&output)) message = &phone->message;
    if (auto* const other = std::get_if<Edge::ToNode>(&output)) message = &other->message;
    if (message == nullptr) return;
    if (!sip::parse(*message)) {
      // The answer to what is malformed repeats it (RFC 3261 section 8.2.6.2).
      const std::string_view text = as_text(*message);
      MUST(text.starts_with("SIP/2.0 400 ") || text.starts_with("SIP/2.0 505 "));
      return;
    }
    said_.push_back(std::move(*message));
    if (said_.size() > 32) said_.erase(said_.begin());
  }

  TimePoint now_{std::chrono::seconds{1000}};
  Overlay overlay_;
  test::SeededTestRandom random_{1};
  Edge edge_{{.self = node(1),
              .domain = "drill.example",
              .listen = *IpEndpoint::parse("10.0.1.1:5060"),
              .guests = {"carol"},
              .limits = {.transactions_max = 16, .calls_max = 4, .flows_max = 8}},
             overlay_,
             overlay_,
             overlay_,
             overlay_,
             random_};
  std::vector<Bytes> said_;
  std::uint64_t stored_ = 0;
};

}  // namespace

void run(BytesView input) {
  Choices choices(input);
  Surroundings surroundings;
  for (int acts = 0; choices.left() && acts < 300; ++acts) surroundings.act(choices);
}

std::vector<Bytes> seeds() {
  std::vector<Bytes> all;
  for (const auto& message : sip_messages()) {
    for (std::uint8_t way : {0, 1}) {
      const auto size = message.size();
      Bytes story{0, 0, way, static_cast<std::uint8_t>(size >> 8),
                  static_cast<std::uint8_t>(size & 0xff)};
      append(story, message);
      all.push_back(story);
    }
  }
  // A phone whose user is at home elsewhere, and one that another node asks about.
  std::string visitor = sip_request("REGISTER", "sip:drill.example", "", "");
  for (std::size_t at = 0; (at = visitor.find("dave", at)) != std::string::npos;) {
    visitor.replace(at, 4, "visitor");
  }
  for (std::uint8_t way : {0, 1}) {
    Bytes story{0, 0, way, 0, static_cast<std::uint8_t>(visitor.size() & 0xff)};
    story[3] = static_cast<std::uint8_t>(visitor.size() >> 8);
    append(story, as_bytes(visitor));
    all.push_back(story);
  }
  // An INVITE of a node, answered, acknowledged and ended; a message that must wait.
  Bytes call;
  for (std::uint8_t method : {0, 1, 2}) {
    append(call, Bytes{0, 0, 3, 0, method, 0, 1, 1, 0, 0, 0, 0, 4, 0, 3, 1, 0, 0, 0, 7, 15});
  }
  append(call, Bytes{0, 0, 2, 1, 4, 0, 0, 0, 0, 0, 0, 7, 26, 0, 0, 8, 0});
  all.push_back(call);
  return all;
}

}  // namespace muster::fuzz
