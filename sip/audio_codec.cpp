// SPDX-License-Identifier: Apache-2.0
#include "sip/audio_codec.hpp"

#include "sip/g711_codec.hpp"
#include "sip/opus_codec.hpp"

namespace muster::sip {
namespace {

G711 law_of(AudioCodec codec) { return codec == AudioCodec::pcma ? G711::pcma : G711::pcmu; }

}  // namespace

std::string_view name_of(AudioCodec codec) {
  if (codec == AudioCodec::opus) return "opus";
  return codec == AudioCodec::pcmu ? "PCMU" : "PCMA";
}

std::unique_ptr<AudioEncoder> make_encoder(const AudioFormat& format) {
  if (format.codec == AudioCodec::opus) return std::make_unique<OpusSpeaker>(format);
  return std::make_unique<G711Speaker>(law_of(format.codec));
}

std::unique_ptr<AudioDecoder> make_decoder(AudioCodec codec) {
  if (codec == AudioCodec::opus) return std::make_unique<OpusListener>();
  return std::make_unique<G711Listener>(law_of(codec));
}

}  // namespace muster::sip
