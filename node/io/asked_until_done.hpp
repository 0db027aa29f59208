// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "node/io/control_server.hpp"

namespace muster::node {

/// For questions that take the node itself some time: asks for news until it says that it is done,
/// which it does in time whatever others say. `Told` is the report that answers.
template <typename Told>
[[nodiscard]] Result<Told> asked_until_done(const std::string& endpoint, Question question,
                                            const std::string& target) {
  constexpr std::chrono::seconds answer_timeout{5};
  constexpr std::chrono::milliseconds look_again_after{100};
  std::uint64_t number = 0;
  while (true) {
    auto report = ask_node(endpoint, {question, target, number}, answer_timeout);
    if (!report) return tl::make_unexpected(report.error());
    auto* told = std::get_if<Told>(&*report);
    if (told == nullptr) return fail("the node answered something else");
    if (told->done) return std::move(*told);
    number = told->number;
    std::this_thread::sleep_for(look_again_after);
  }
}

}  // namespace muster::node
