// SPDX-License-Identifier: Apache-2.0
#include "security/io/passphrase.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "security/crypto.hpp"
#include "security/io/private_file.hpp"

namespace muster::security {

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
  // OpenSSL would fall back to standard input, and wait there for ever.
  const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (terminal < 0) {
    return fail(
        "there is no terminal to ask for the passphrase; name a file that holds it with "
        "--passphrase-file");
  }
  ::close(terminal);
  std::array<char, passphrase_characters_max + 1> typed{};
  const int result = EVP_read_pw_string_min(typed.data(), 1, static_cast<int>(typed.size()) - 1,
                                            prompt.c_str(), asking == Asking::twice ? 1 : 0);
  std::string passphrase{typed.data()};
  cleanse({reinterpret_cast<std::uint8_t*>(typed.data()), typed.size()});
  ERR_clear_error();
  if (result == 0 && !passphrase.empty()) return passphrase;
  return fail(asking == Asking::twice ? "no passphrase was given, or not the same twice; try again"
                                      : "no passphrase was given; try again");
}

}  // namespace muster::security
