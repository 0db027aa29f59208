// SPDX-License-Identifier: Apache-2.0
#include "security/io/passphrase.hpp"

#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include "security/crypto.hpp"
#include "security/io/private_file.hpp"

namespace muster::security {
namespace {

enum class Typed { line, nothing };

/// The terminal of this process, for as long as this lives without echo, line editing and keys that
/// make signals: set before the prompt shows, so that no early character is seen and no Ctrl-C
/// leaves the terminal silent.
class SilentTerminal {
 public:
  SilentTerminal() : descriptor_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
    if (descriptor_ < 0 || ::tcgetattr(descriptor_, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
    silent.c_cc[VMIN] = 1;
    silent.c_cc[VTIME] = 0;
    changed_ = ::tcsetattr(descriptor_, TCSAFLUSH, &silent) == 0;
  }
  ~SilentTerminal() {
    if (changed_) ::tcsetattr(descriptor_, TCSANOW, &before_);
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

  [[nodiscard]] bool there() const { return changed_; }

  /// Shows `prompt` and reads one line into `line`; nothing after Ctrl-C or Ctrl-D.
  Typed ask(std::string_view prompt, std::string& line) {
    show(prompt);
    Typed result = Typed::nothing;
    for (char key = 0; next(key);) {
      if (key == '\n' || key == '\r') {
        result = Typed::line;
        break;
      }
      if (key == ctrl_c || key == ctrl_d) break;
      edit(key, line);
    }
    show("\n");
    return result;
  }

 private:
  static constexpr char ctrl_c = 3;
  static constexpr char ctrl_d = 4;
  static constexpr char backspace = 8;
  static constexpr char ctrl_u = 21;
  static constexpr char rubout = 127;

  static void edit(char key, std::string& line) {
    if (key == ctrl_u) {
      line.clear();
    } else if (key == backspace || key == rubout) {
      // A character of UTF-8 goes with its continuation octets.
      while (!line.empty() && (line.back() & 0xc0) == 0x80) line.pop_back();
      if (!line.empty()) line.pop_back();
    } else if (line.size() <= passphrase_characters_max) {
      line += key;
    }
  }
  bool next(char& key) const {
    for (;;) {
      const ssize_t got = ::read(descriptor_, &key, 1);
      if (got == 1) return true;
      if (got == 0 || errno != EINTR) return false;
    }
  }
  void show(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t shown = ::write(descriptor_, text.data(), text.size());
      if (shown < 0 && errno == EINTR) continue;
      if (shown <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(shown));
    }
  }

  int descriptor_;
  bool changed_ = false;
  termios before_{};
};

}  // namespace

Result<std::string> passphrase_from_file(const std::filesystem::path& path) {
  auto contents = read_whole_file(path, 64 * 1024);
  if (!contents) return tl::make_unexpected(contents.error());
  std::string_view line = as_text(*contents);
  line = line.substr(0, line.find('\n'));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  std::string passphrase{line};
  cleanse(*contents);
  if (passphrase.empty() || passphrase.size() > passphrase_characters_max) {
    return fail(fmt::format("{}: the first line must be the passphrase, of at most {} characters",
                            path.string(), passphrase_characters_max));
  }
  return passphrase;
}

Result<std::string> passphrase_from_terminal(const std::string& prompt, Asking asking) {
  SilentTerminal terminal;
  if (!terminal.there()) {
    return fail(
        "there is no terminal to ask for the passphrase; name a file that holds it with "
        "--passphrase-file");
  }
  std::string passphrase;
  if (terminal.ask(prompt, passphrase) == Typed::nothing || passphrase.empty()) {
    return fail("no passphrase was given; try again");
  }
  if (passphrase.size() > passphrase_characters_max) {
    return fail(fmt::format("the passphrase is longer than {} octets; take a shorter one",
                            passphrase_characters_max));
  }
  if (asking == Asking::once) return passphrase;
  std::string again;
  if (terminal.ask("The same again: ", again) == Typed::nothing || again != passphrase) {
    return fail("the two passphrases are not the same; try again");
  }
  return passphrase;
}

}  // namespace muster::security
