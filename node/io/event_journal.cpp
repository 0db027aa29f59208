// SPDX-License-Identifier: Apache-2.0
#include "node/io/event_journal.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <limits>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "core/io/sqlite_schema.hpp"

namespace muster::node {
namespace {

constexpr std::uint64_t appends_between_trims = 64;

Failure about(const std::filesystem::path& file, std::string_view reason) {
  return {fmt::format("journal {}: {}", file.string(), reason)};
}

constexpr std::array steps{
    "CREATE TABLE events (number INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL,"
    " kind TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL, status INTEGER NOT NULL,"
    " call_id TEXT NOT NULL, node TEXT NOT NULL, detail TEXT NOT NULL)",
};
/// With an application id other than that of muster.db.
constexpr io::SchemaHistory history{"1299542889", steps};

}  // namespace

std::filesystem::path EventJournal::path_in(const std::filesystem::path& state_directory) {
  return state_directory / "journal.db";
}

Result<std::unique_ptr<EventJournal>> EventJournal::open(const std::filesystem::path& file,
                                                         Limits limits) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return tl::make_unexpected(about(file, std::strerror(errno)));
  ::close(descriptor);
  auto connection = io::SqliteConnection::open(file);
  if (!connection) return tl::make_unexpected(about(file, connection.error().sentence));
  std::unique_ptr<EventJournal> journal{new EventJournal(std::move(*connection), limits)};
  if (auto ready = journal->prepare(); !ready) {
    return tl::make_unexpected(
        about(file, ready.error().sentence + "; move the file aside to begin a new one"));
  }
  return journal;
}

Result<std::unique_ptr<EventJournal>> EventJournal::open_to_read(
    const std::filesystem::path& file) {
  if (::access(file.c_str(), R_OK) != 0) {
    const char* remedy = errno == EACCES ? "call as the user of musterd or as root"
                                         : "has musterd run with this state directory?";
    return tl::make_unexpected(about(file, fmt::format("{}; {}", std::strerror(errno), remedy)));
  }
  auto connection = io::SqliteConnection::open(file);
  if (!connection) return tl::make_unexpected(about(file, connection.error().sentence));
  const auto ours = connection->execute("PRAGMA query_only = ON; PRAGMA busy_timeout = 2000");
  if (!ours) return tl::make_unexpected(about(file, ours.error().sentence));
  const auto version = io::version_of(*connection, history);
  if (!version) return tl::make_unexpected(about(file, version.error().sentence));
  if (*version < history.steps.size()) {
    return tl::make_unexpected(
        about(file, "it is of an older musterd; start this one once, which brings it up to date"));
  }
  if (*version > history.steps.size()) {
    return tl::make_unexpected(about(file, "it was written by a newer musterd; use its muster"));
  }
  return std::unique_ptr<EventJournal>{new EventJournal(std::move(*connection), {})};
}

Result<void> EventJournal::prepare() {
  auto set_up = connection_.execute(
      "PRAGMA busy_timeout = 500; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA "
      "trusted_schema = OFF; PRAGMA cache_size = -512");
  if (!set_up) return set_up;
  if (auto migrated = io::migrate(connection_, history); !migrated) return migrated;
  auto insert = connection_.prepare(
      "INSERT INTO events (at_ms, kind, sender, recipient, status, call_id, node, detail) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  if (!insert) return tl::make_unexpected(insert.error());
  insert_ = std::move(*insert);
  drop_oldest();
  return {};
}

bool EventJournal::append(std::int64_t at_ms, const NodeEvent& event) {
  if (!is_of_users(event.kind)) return true;
  if (event.kind == NodeEvent::Kind::refused && too_many_refusals(at_ms)) {
    ++refusals_left_out_;
    return true;
  }
  const bool kept =
      insert(at_ms, event) && (++appended_ % appends_between_trims != 0 || drop_oldest());
  if (!kept) ++failures_;
  return kept;
}

bool EventJournal::too_many_refusals(std::int64_t at_ms) {
  const std::int64_t minute = at_ms / 60'000;
  if (minute != refusal_minute_) refusals_this_minute_ = 0;
  refusal_minute_ = minute;
  return ++refusals_this_minute_ > limits_.refusals_per_minute_max;
}

bool EventJournal::insert(std::int64_t at_ms, const NodeEvent& event) {
  insert_->bind(at_ms).bind(to_string(event.kind));
  insert_->bind(std::string_view{event.from}).bind(std::string_view{event.to});
  insert_->bind(std::int64_t{event.status}).bind(std::string_view{event.call_id});
  insert_->bind(std::string_view{event.node}).bind(std::string_view{event.detail});
  const bool done = insert_->step() == io::SqliteStatement::Step::done;
  insert_->reset();
  return done;
}

bool EventJournal::drop_oldest() {
  return connection_
      .execute(
          fmt::format("DELETE FROM events WHERE number <= (SELECT max(number) FROM events) - {}",
                      limits_.events_max))
      .has_value();
}

Result<std::vector<NumberedEvent>> EventJournal::read(Period period) {
  auto rows = connection_.prepare(
      "SELECT number, at_ms, kind, sender, recipient, status, call_id, node, detail FROM events "
      "WHERE at_ms >= ? AND at_ms <= ? ORDER BY number");
  if (!rows) return tl::make_unexpected(rows.error());
  using Bounds = std::numeric_limits<std::int64_t>;
  rows->bind(period.from_ms.value_or(Bounds::min())).bind(period.to_ms.value_or(Bounds::max()));
  std::vector<NumberedEvent> events;
  for (;;) {
    const auto step = rows->step();
    if (step == io::SqliteStatement::Step::done) return events;
    if (step == io::SqliteStatement::Step::failed) {
      return fail("journal: " + connection_.error());
    }
    const auto kind = event_kind(rows->text(2));
    if (!kind) continue;  // of a later version of Muster
    events.push_back({static_cast<std::uint64_t>(rows->integer(0)),
                      rows->integer(1),
                      {*kind, rows->text(3), rows->text(4), static_cast<int>(rows->integer(5)),
                       rows->text(6), rows->text(7), rows->text(8)}});
  }
}

}  // namespace muster::node
