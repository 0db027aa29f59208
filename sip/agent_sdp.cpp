// SPDX-License-Identifier: Apache-2.0
#include "sip/agent_sdp.hpp"

#include <vector>

#include "sip/scanner.hpp"
#include "sip/sdp.hpp"

namespace muster::sip {
namespace {

/// The parts of SDP that `Sdp`, which only redirects, leaves unread.
struct StreamText {
  std::string_view media;  ///< "audio"
  std::string_view protocol;
  std::vector<std::string_view> formats;
  std::string_view direction;  ///< "sendrecv" and the others; of the session where it has none
};

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> out;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) out.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return out;
}

bool is_direction(std::string_view line) {
  return line == "a=sendrecv" || line == "a=sendonly" || line == "a=recvonly" ||
         line == "a=inactive";
}

std::vector<StreamText> stream_texts(std::string_view sdp) {
  std::vector<StreamText> streams;
  std::string_view of_session = "sendrecv";
  while (!sdp.empty()) {
    const std::size_t end = std::min(sdp.find('\n'), sdp.size());
    const std::string_view line =
        trimmed(sdp.substr(0, end > 0 && sdp[end - 1] == '\r' ? end - 1 : end));
    sdp.remove_prefix(std::min(end + 1, sdp.size()));
    if (line.starts_with("m=")) {
      const auto parts = words(line.substr(2));
      StreamText stream{{}, {}, {}, of_session};
      if (parts.size() >= 3) {
        stream = {parts[0], parts[2], {parts.begin() + 3, parts.end()}, of_session};
      }
      streams.push_back(std::move(stream));
    } else if (is_direction(line)) {
      (streams.empty() ? of_session : streams.back().direction) = line.substr(2);
    }
  }
  return streams;
}

std::optional<AgentAudio> audio_of(const SdpStream& stream, const StreamText& text) {
  if (text.media != "audio" || text.protocol != "RTP/AVP" || stream.port == 0) return std::nullopt;
  std::optional<G711> law;
  for (const auto format : text.formats) {
    if (!law && format == "0") law = G711::pcmu;
    if (!law && format == "8") law = G711::pcma;
  }
  if (!law || (!stream.rtp && !stream.held)) return std::nullopt;
  const bool it_receives = text.direction == "sendrecv" || text.direction == "recvonly";
  const bool it_sends = text.direction == "sendrecv" || text.direction == "sendonly";
  return AgentAudio{stream.rtp.value_or(IpEndpoint{}), *law, it_receives && !stream.held, it_sends};
}

std::string session_lines(const AgentSdpOrigin& own) {
  const std::string address =
      std::string{own.media.address.v6 ? "IN IP6 " : "IN IP4 "} + own.media.address.text();
  return "v=0\r\no=- " + std::to_string(own.session) + ' ' + std::to_string(own.version) + ' ' +
         address + "\r\ns=-\r\nc=" + address + "\r\nt=0 0\r\n";
}

std::string rtpmap(G711 law) {
  return law == G711::pcmu ? "a=rtpmap:0 PCMU/8000\r\n" : "a=rtpmap:8 PCMA/8000\r\n";
}

std::string_view direction_of(const AgentAudio& audio) {
  if (audio.sends) return audio.hears ? "a=sendrecv\r\n" : "a=sendonly\r\n";
  return audio.hears ? "a=recvonly\r\n" : "a=inactive\r\n";
}

/// RFC 3264 section 6: as many streams as the offer has, those refused with port 0.
std::string refusal(const StreamText& text) {
  std::string line = "m=" + std::string{text.media} + " 0 " + std::string{text.protocol};
  for (const auto format : text.formats) line += ' ' + std::string{format};
  return line + "\r\n";
}

}  // namespace

std::string agent_sdp_offer(const AgentSdpOrigin& own) {
  return session_lines(own) + "m=audio " + std::to_string(own.media.port) + " RTP/AVP 0 8\r\n" +
         rtpmap(G711::pcmu) + rtpmap(G711::pcma) + "a=ptime:20\r\na=sendrecv\r\n";
}

std::optional<AgentSdpAnswer> agent_sdp_answer(std::string_view offer, const AgentSdpOrigin& own) {
  const auto sdp = Sdp::parse(offer);
  const auto texts = stream_texts(offer);
  if (!sdp || sdp->streams().size() != texts.size()) return std::nullopt;
  std::optional<AgentAudio> taken;
  std::string streams;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto audio = taken ? std::nullopt : audio_of(sdp->streams()[i], texts[i]);
    if (!audio) {
      streams += refusal(texts[i]);
      continue;
    }
    taken = audio;
    streams += "m=audio " + std::to_string(own.media.port) + " RTP/AVP " +
               std::to_string(static_cast<unsigned>(audio->law)) + "\r\n" + rtpmap(audio->law) +
               "a=ptime:20\r\n" + std::string{direction_of(*audio)};
  }
  if (!taken) return std::nullopt;
  return AgentSdpAnswer{*taken, session_lines(own) + streams};
}

std::optional<AgentAudio> agent_sdp_agreed(std::string_view answer) {
  const auto sdp = Sdp::parse(answer);
  const auto texts = stream_texts(answer);
  if (!sdp || texts.empty() || sdp->streams().size() != texts.size()) return std::nullopt;
  return audio_of(sdp->streams()[0], texts[0]);
}

}  // namespace muster::sip
