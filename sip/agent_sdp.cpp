// SPDX-License-Identifier: Apache-2.0
#include "sip/agent_sdp.hpp"

#include <algorithm>

#include "sip/opus_codec.hpp"
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
  std::vector<std::string_view> attributes;  ///< without "a="
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
      StreamText stream{{}, {}, {}, of_session, {}};
      if (parts.size() >= 3) {
        stream = {parts[0], parts[2], {parts.begin() + 3, parts.end()}, of_session, {}};
      }
      streams.push_back(std::move(stream));
    } else if (is_direction(line)) {
      (streams.empty() ? of_session : streams.back().direction) = line.substr(2);
    } else if (line.starts_with("a=") && !streams.empty()) {
      streams.back().attributes.push_back(line.substr(2));
    }
  }
  return streams;
}

/// What the attribute `name` ("rtpmap", "fmtp") says of that format; empty if there is none.
std::string_view said_of(const StreamText& text, std::string_view name, std::string_view format) {
  for (const auto attribute : text.attributes) {
    Scanner scanner(attribute);
    if (scanner.until(":") != name || !scanner.take(':') || scanner.until(" ") != format) continue;
    return trimmed(scanner.rest());
  }
  return {};
}

std::optional<AudioCodec> codec_of(std::uint32_t payload_type, std::string_view rtpmap) {
  if (same(rtpmap, "opus/48000/2")) return AudioCodec::opus;
  if (same(rtpmap, "PCMU/8000") || same(rtpmap, "PCMU/8000/1")) return AudioCodec::pcmu;
  if (same(rtpmap, "PCMA/8000") || same(rtpmap, "PCMA/8000/1")) return AudioCodec::pcma;
  if (payload_type == 0) return AudioCodec::pcmu;  // RFC 3551 section 6, needs no rtpmap
  if (payload_type == 8) return AudioCodec::pcma;
  return std::nullopt;
}

/// RFC 7587 section 6.1. What makes no sense counts as not said.
void read_opus_wishes(std::string_view fmtp, AudioFormat& format) {
  Scanner scanner(fmtp);
  while (!scanner.at_end()) {
    const std::string_view one = trimmed(scanner.until(";"));
    scanner.take(';');
    const auto equals = std::min(one.find('='), one.size());
    const auto name = trimmed(one.substr(0, equals));
    const auto value = whole_number(trimmed(one.substr(std::min(equals + 1, one.size()))));
    if (!value) continue;
    if (same(name, "useinbandfec")) format.repairs = *value == 1;
    if (same(name, "maxaveragebitrate")) format.bits_per_second_max = *value;
  }
}

/// The first format of the stream that we speak.
std::optional<AudioFormat> format_of(const StreamText& text) {
  for (const auto word : text.formats) {
    const auto payload_type = whole_number(word);
    if (!payload_type || *payload_type > 127) continue;
    const auto codec = codec_of(*payload_type, said_of(text, "rtpmap", word));
    if (!codec) continue;
    AudioFormat format{.codec = *codec, .payload_type = static_cast<std::uint8_t>(*payload_type)};
    if (*codec == AudioCodec::opus) read_opus_wishes(said_of(text, "fmtp", word), format);
    return format;
  }
  return std::nullopt;
}

/// What the stream leaves to us, but for what we understand.
std::optional<AgentAudio> audio_of(const SdpStream& stream, const StreamText& text) {
  if (text.media != "audio" || text.protocol != "RTP/AVP" || stream.port == 0) return std::nullopt;
  const auto format = format_of(text);
  if (!format || (!stream.rtp && !stream.held)) return std::nullopt;
  const bool it_receives = text.direction == "sendrecv" || text.direction == "recvonly";
  const bool it_sends = text.direction == "sendrecv" || text.direction == "sendonly";
  return AgentAudio{
      stream.rtp.value_or(IpEndpoint{}), *format, {}, it_receives && !stream.held, it_sends};
}

std::string session_lines(const AgentSdpOrigin& own) {
  const std::string address =
      std::string{own.media.address.v6 ? "IN IP6 " : "IN IP4 "} + own.media.address.text();
  return "v=0\r\no=- " + std::to_string(own.session) + ' ' + std::to_string(own.version) + ' ' +
         address + "\r\ns=-\r\nc=" + address + "\r\nt=0 0\r\n";
}

const std::vector<AudioFormat>& formats_offered() {
  static const std::vector<AudioFormat> formats{{.codec = AudioCodec::opus, .payload_type = 96},
                                                {.codec = AudioCodec::pcmu, .payload_type = 0},
                                                {.codec = AudioCodec::pcma, .payload_type = 8}};
  return formats;
}

/// The m= line and what is said of each format: how we want to hear it.
std::string stream_lines(const AgentSdpOrigin& own, const std::vector<AudioFormat>& formats) {
  std::string media = "m=audio " + std::to_string(own.media.port) + " RTP/AVP";
  std::string attributes;
  for (const auto& format : formats) {
    const std::string number = std::to_string(format.payload_type);
    media += ' ' + number;
    attributes += "a=rtpmap:" + number + ' ' + std::string{name_of(format.codec)} + '/' +
                  std::to_string(rtp_clock_of(format.codec));
    attributes += format.codec == AudioCodec::opus ? "/2\r\n" : "\r\n";
    if (format.codec != AudioCodec::opus) continue;
    attributes += "a=fmtp:" + number +
                  " maxaveragebitrate=" + std::to_string(opus_bits_per_second) +
                  ";useinbandfec=1\r\n";
  }
  return media + "\r\n" + attributes + "a=ptime:20\r\n";
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
  return session_lines(own) + stream_lines(own, formats_offered()) + "a=sendrecv\r\n";
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
    taken->understands = {audio->speaks};  // RFC 3264 section 6.1: by the number of the offer
    streams += stream_lines(own, taken->understands) + std::string{direction_of(*audio)};
  }
  if (!taken) return std::nullopt;
  return AgentSdpAnswer{*taken, session_lines(own) + streams};
}

std::optional<AgentAudio> agent_sdp_agreed(std::string_view answer) {
  const auto sdp = Sdp::parse(answer);
  const auto texts = stream_texts(answer);
  if (!sdp || texts.empty() || sdp->streams().size() != texts.size()) return std::nullopt;
  auto audio = audio_of(sdp->streams()[0], texts[0]);
  if (audio) audio->understands = formats_offered();
  return audio;
}

}  // namespace muster::sip
