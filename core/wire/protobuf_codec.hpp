// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/base/bytes.hpp"

/// For *_codec.cpp only: bytes to and from any generated message.
namespace muster::wire {

template <typename Message>
[[nodiscard]] Bytes serialise(const Message& message) {
  std::string text;
  message.SerializeToString(&text);
  return to_bytes(text);
}

template <typename Message>
[[nodiscard]] bool read(Message& message, BytesView bytes, std::size_t bytes_max) {
  return bytes.size() <= bytes_max &&
         message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace muster::wire
