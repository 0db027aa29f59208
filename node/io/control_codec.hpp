// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "node/node_event.hpp"
#include "node/report.hpp"

/// The control protocol of a running node (core/wire/control.proto) as plain structs.
namespace muster::node {

inline constexpr std::size_t control_request_bytes_max = 4096;
inline constexpr std::size_t control_event_bytes_max = 64 * 1024;
inline constexpr std::size_t control_reply_bytes_max = 64 * 1024 * 1024;

[[nodiscard]] Bytes encode_question(const Asked& asked);
[[nodiscard]] std::optional<Asked> decode_question(BytesView request);
[[nodiscard]] Bytes encode_report(const Report& report);
[[nodiscard]] Bytes encode_refusal(std::string_view sentence);
/// The report, or the node's refusal, or why the reply makes no sense.
[[nodiscard]] Result<Report> decode_report(BytesView reply);

[[nodiscard]] Bytes encode_event(const NumberedEvent& event);
/// Nothing if it makes no sense or is of a kind that is not known here.
[[nodiscard]] std::optional<NumberedEvent> decode_event(BytesView bytes);

}  // namespace muster::node
