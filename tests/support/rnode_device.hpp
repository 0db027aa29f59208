// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "radio/kiss.hpp"

namespace muster::test {

/// An RNode: the device's side of the conversation, as its firmware has it.
class RnodeDevice {
 public:
  std::map<std::uint8_t, Bytes> values;
  std::vector<Bytes> sent;
  bool silent = false;
  bool says_ready = true;
  std::optional<std::uint8_t> refuses;  ///< a command whose value it keeps as it was

  Bytes answer(BytesView octets) {
    Bytes out;
    while (auto frame = decoder_.take(octets)) {
      if (silent) continue;
      if (frame->type == 0x08 && frame->content == Bytes{0x73}) {
        append(out, radio::encode_kiss(0x08, Bytes{0x46}));
      } else if (frame->type == 0x00) {
        sent.push_back(frame->content);
        if (says_ready) append(out, radio::encode_kiss(0x0f, Bytes{1}));
      } else {
        if (frame->type != refuses) values[frame->type] = frame->content;
        append(out, radio::encode_kiss(frame->type, values[frame->type]));
      }
    }
    return out;
  }

 private:
  radio::KissDecoder decoder_;
};

}  // namespace muster::test
