// SPDX-License-Identifier: Apache-2.0
#include "node/utc_time.hpp"

#include <charconv>
#include <chrono>

#include <fmt/format.h>

namespace muster::node {
namespace {

using namespace std::chrono;

struct Parts {
  year_month_day date;
  hh_mm_ss<milliseconds> time;
};

Parts parts_of(std::int64_t unix_ms) {
  const sys_time<milliseconds> moment{milliseconds{unix_ms}};
  const auto day = floor<days>(moment);
  return {year_month_day{day}, hh_mm_ss<milliseconds>{moment - day}};
}

/// Reads `digits` digits at the front of `text`, after `before` if that is not 0.
bool take(std::string_view& text, char before, std::size_t digits, int& out) {
  if (before != '\0') {
    if (text.empty() || text.front() != before) return false;
    text.remove_prefix(1);
  }
  if (text.size() < digits) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, out);
  if (error != std::errc{} || end != text.data() + digits || out < 0) return false;
  text.remove_prefix(digits);
  return true;
}

}  // namespace

std::string utc_text(std::int64_t unix_ms) {
  const auto [date, time] = parts_of(unix_ms);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

std::string utc_minute_text(std::int64_t unix_ms) {
  std::string text = utc_text(unix_ms);
  const auto t = text.find('T');
  text[t] = ' ';
  return text.substr(0, t + 6);
}

std::optional<std::int64_t> parse_utc(std::string_view text) {
  if (text.ends_with('Z')) text.remove_suffix(1);
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  if (!take(text, '\0', 4, y) || !take(text, '-', 2, mo) || !take(text, '-', 2, d)) {
    return std::nullopt;
  }
  if (!text.empty() && (!take(text, 'T', 2, h) || !take(text, ':', 2, mi))) return std::nullopt;
  if (!text.empty() && !take(text, ':', 2, s)) return std::nullopt;
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)},
                            day{static_cast<unsigned>(d)}};
  if (!text.empty() || !date.ok() || h > 23 || mi > 59 || s > 59) return std::nullopt;
  const auto moment = sys_days{date} + hours{h} + minutes{mi} + seconds{s};
  return duration_cast<milliseconds>(moment.time_since_epoch()).count();
}

}  // namespace muster::node
