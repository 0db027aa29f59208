// SPDX-License-Identifier: Apache-2.0
#include "sim/simulated_disk.hpp"

namespace muster::sim {

SimulatedDisk::SimulatedDisk(BindingIndex* index, HostIndex host)
    : state_(*this), records_(index, host), messages_(*this), seen_(*this) {}

/// All stores share one log: a synced write takes those before it along.
bool SimulatedDisk::synced(bool written) {
  if (written) records_.sync();
  return written;
}

bool SimulatedDisk::State::put(std::string_view name, BytesView value) {
  return disk_.synced(stored.put(name, value));
}

bool SimulatedDisk::Messages::put(const ports::StoredMessage& message) {
  return disk_.synced(stored.put(message));
}
bool SimulatedDisk::Messages::erase_message(std::uint64_t id) {
  return disk_.synced(stored.erase_message(id));
}
bool SimulatedDisk::Messages::note_powered_on_s(std::int64_t seconds) {
  return disk_.synced(stored.note_powered_on_s(seconds));
}

bool SimulatedDisk::Seen::put_seen(const ports::StoredSeen& seen) {
  return disk_.synced(stored.put_seen(seen));
}
bool SimulatedDisk::Seen::erase_seen(std::string_view identity) {
  return disk_.synced(stored.erase_seen(identity));
}

std::vector<ports::StoredRecord> SimulatedDisk::Records::load_all() {
  std::vector<ports::StoredRecord> all;
  for (const auto& record : records_) all.push_back(*record);
  return all;
}

bool SimulatedDisk::Records::put(const ports::StoredRecord& record) {
  auto after = std::make_shared<const ports::StoredRecord>(record);
  const auto found = records_.find(BytesView(record.key));
  // Also of what there is no room for: the directory holds it all the same.
  if (found == records_.end() && index_ != nullptr) index_->stored(record.key, host_);
  if (full) return false;
  if (found == records_.end()) {
    note({nullptr, after});
    records_.insert(std::move(after));
  } else {
    auto node = records_.extract(found);
    note({std::move(node.value()), after});
    node.value() = std::move(after);
    records_.insert(std::move(node));
  }
  return true;
}

bool SimulatedDisk::Records::erase(BytesView key) {
  if (full) return false;
  const auto found = records_.find(key);
  if (found == records_.end()) return true;
  note({*found, nullptr});
  records_.erase(found);
  return true;
}

void SimulatedDisk::Records::note(Undo undo) {
  if (undo_.size() >= unsynced_max) sync();
  undo_.push_back(std::move(undo));
}

void SimulatedDisk::Records::cut_power(SeededRandom& chance) {
  const auto left = chance.below(undo_.size() + 1);
  while (undo_.size() > left) {
    auto& undo = undo_.back();
    if (undo.after) records_.erase(records_.find(BytesView(undo.after->key)));
    if (undo.before) records_.insert(std::move(undo.before));
    undo_.pop_back();
  }
  undo_.clear();
}

void SimulatedDisk::cut_power(SeededRandom& chance) { records_.cut_power(chance); }

void SimulatedDisk::set_full(bool full) {
  state_.stored.fail = full;
  records_.full = full;
  messages_.stored.fail = full;
  seen_.stored.fail = full;
}

std::size_t SimulatedDisk::message_bytes() {
  std::size_t bytes = 0;
  for (const auto& message : messages_.load_messages()) bytes += message.request.size();
  return bytes;
}

std::string SimulatedDisk::message_name(std::string_view from, std::string_view to,
                                        std::string_view text) {
  std::string name;
  name.append(from).append(1, '\n').append(to).append(1, '\n').append(text);
  return name;
}

std::vector<std::string> SimulatedDisk::carried() {
  constexpr std::string_view end_of_headers = "\r\n\r\n";
  std::vector<std::string> all;
  for (const auto& message : messages_.load_messages()) {
    const auto request = as_text(message.request);
    const auto end = request.find(end_of_headers);
    if (end == std::string_view::npos) continue;  // settled: the request has gone
    all.push_back(
        message_name(message.from, message.to, request.substr(end + end_of_headers.size())));
  }
  return all;
}

}  // namespace muster::sim
