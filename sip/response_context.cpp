// SPDX-License-Identifier: Apache-2.0
#include "sip/response_context.hpp"

#include <algorithm>

namespace muster::sip {

namespace {

bool success(int status) { return status >= 200 && status < 300; }

/// Lower is better: 6xx first, then the lowest class; within 4xx those that tell the caller how to
/// do better (RFC 3261 section 16.7 item 6); what was made here (408) after what a phone said.
int rank(int status, bool made_here) {
  if (status >= 600) return 0;
  const int within = [&] {
    switch (status) {
      case 401:
      case 407:
        return 1;
      case 415:
      case 420:
      case 484:
        return 2;
      case 408:
        return 8;
      default:
        return 5;
    }
  }();
  return (status / 100) * 100 + within * 2 + (made_here ? 1 : 0);
}

}  // namespace

void ResponseContext::add_branch(TimePoint now, ClientNumber number) {
  Branch branch;
  branch.number = number;
  if (kind_ == Kind::invite) branch.timer_c = now + timer_c;
  branches_.push_back(std::move(branch));
}

ResponseContext::Branch* ResponseContext::find(ClientNumber number) {
  const auto it = std::find_if(branches_.begin(), branches_.end(),
                               [&](const Branch& branch) { return branch.number == number; });
  return it == branches_.end() ? nullptr : &*it;
}

void ResponseContext::receive(TimePoint now, ClientNumber number, Message response) {
  Branch* branch = find(number);
  if (branch == nullptr) return;
  const int status = static_cast<int>(response.status());
  if (status < 200) {
    receive_provisional(now, *branch, std::move(response));
  } else if (success(status) && kind_ == Kind::invite) {
    // Every 2xx of an INVITE goes back, and every copy of it: the phone repeats it until the ACK.
    answered_ = true;
    outputs_.emplace_back(Forward{number, status, std::move(response)});
    if (branch->status == 0) settle(now, *branch, status, std::nullopt);
  } else if (branch->status == 0) {
    settle(now, *branch, status, std::move(response));
  }
}

void ResponseContext::receive_provisional(TimePoint now, Branch& branch, Message response) {
  if (branch.status != 0) return;
  branch.provisional = true;
  const int status = static_cast<int>(response.status());
  if (kind_ == Kind::invite && status > 100) branch.timer_c = now + timer_c;
  if (branch.cancel_wanted) send_cancel(now, branch);
  if (status > 100 && !answered_) {
    outputs_.emplace_back(Forward{branch.number, status, std::move(response)});
  }
}

void ResponseContext::fail(TimePoint now, ClientNumber number, int status) {
  Branch* branch = find(number);
  if (branch == nullptr || branch->status != 0) return;
  settle(now, *branch, branch->cancel_wanted ? 487 : status, std::nullopt);
}

void ResponseContext::settle(TimePoint now, Branch& branch, int status,
                             std::optional<Message> response) {
  branch.status = status;
  branch.response = std::move(response);
  branch.timer_c.reset();
  branch.gives_up.reset();
  if (success(status) && !answered_) {
    answered_ = true;
    outputs_.emplace_back(Forward{branch.number, status, std::move(branch.response)});
  }
  if (success(status) || status >= 600) cancel_pending(now);
  if (!answered_ && finished()) answer_with_best();
}

void ResponseContext::cancel(TimePoint now) {
  if (kind_ != Kind::invite || cancelled_) return;
  cancelled_ = true;
  cancel_pending(now);
}

void ResponseContext::cancel_pending(TimePoint now) {
  if (kind_ != Kind::invite) return;  // RFC 3261 section 9.1: only INVITE is worth cancelling
  for (Branch& branch : branches_) {
    if (branch.status != 0 || branch.cancel_wanted) continue;
    branch.cancel_wanted = true;
    branch.timer_c.reset();
    branch.gives_up = now + cancel_patience;
    if (branch.provisional) send_cancel(now, branch);  // else it waits for the first 1xx
  }
}

void ResponseContext::send_cancel(TimePoint now, Branch& branch) {
  if (branch.cancel_sent) return;
  branch.cancel_sent = true;
  branch.gives_up = now + cancel_patience;
  outputs_.emplace_back(Cancel{branch.number});
}

void ResponseContext::advance(TimePoint now) {
  for (std::size_t i = 0; i < branches_.size(); ++i) {
    Branch& branch = branches_[i];
    if (branch.status != 0) continue;
    if (branch.gives_up && *branch.gives_up <= now) {
      outputs_.emplace_back(Abandon{branch.number});
      settle(now, branch, 487, std::nullopt);
    } else if (branch.timer_c && *branch.timer_c <= now) {
      branch.timer_c.reset();
      branch.cancel_wanted = true;
      if (branch.provisional) {
        send_cancel(now, branch);
      } else {
        outputs_.emplace_back(Abandon{branch.number});
        settle(now, branch, 408, std::nullopt);
      }
    }
  }
}

ResponseContext::Branch* ResponseContext::best() {
  const auto it =
      std::min_element(branches_.begin(), branches_.end(), [](const Branch& a, const Branch& b) {
        return rank(a.status, !a.response) < rank(b.status, !b.response);
      });
  return it == branches_.end() ? nullptr : &*it;
}

void ResponseContext::answer_with_best() {
  Branch* chosen = best();
  if (chosen == nullptr) return;
  answered_ = true;
  // A branch that was cancelled may have failed in any way: the caller has cancelled.
  if (cancelled_ && chosen->status != 487 && !chosen->response) chosen->status = 487;
  outputs_.emplace_back(Forward{chosen->number, chosen->status, std::move(chosen->response)});
}

bool ResponseContext::pending(ClientNumber number) const {
  return std::any_of(branches_.begin(), branches_.end(), [&](const Branch& branch) {
    return branch.number == number && branch.status == 0;
  });
}

bool ResponseContext::finished() const {
  return std::none_of(branches_.begin(), branches_.end(),
                      [](const Branch& branch) { return branch.status == 0; });
}

std::optional<ResponseContext::Output> ResponseContext::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

std::optional<TimePoint> ResponseContext::deadline() const {
  std::optional<TimePoint> first;
  for (const Branch& branch : branches_) {
    first = earlier(first, earlier(branch.timer_c, branch.gives_up));
  }
  return first;
}

}  // namespace muster::sip
