// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <sstream>

#include "node/io/settings_file.hpp"

namespace muster::node {
namespace {

std::filesystem::path field_config() {
  return std::filesystem::path{MUSTER_SOURCE_DIR} / "field-config";
}

std::vector<std::string> profile_names() {
  return {"laptop", "relay", "gateway", "packet-radio", "tnc", "lora", "telemetry-radio", "tunnel"};
}

class Profiles : public testing::TestWithParam<std::string> {};

TEST_P(Profiles, AreReadByMusterdAndHaveALink) {
  const auto settings = load_settings(field_config() / (GetParam() + ".toml"));
  ASSERT_TRUE(settings) << settings.error().sentence;
  EXPECT_FALSE(settings->links.empty());
  EXPECT_EQ(settings->state_directory, "/var/lib/muster") << "the unit's StateDirectory";
}

INSTANTIATE_TEST_SUITE_P(FieldConfig, Profiles, testing::ValuesIn(profile_names()),
                         [](const auto& profile) {
                           auto name = profile.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(FieldConfig, HasNoProfileThatIsNotTested) {
  for (const auto& entry : std::filesystem::directory_iterator{field_config()}) {
    if (entry.path().extension() != ".toml") continue;
    EXPECT_THAT(profile_names(), testing::Contains(entry.path().stem().string()));
  }
}

std::string refusal(const std::string& text) {
  const auto settings = parse_settings(text, "x");
  return settings ? std::string{} : settings.error().sentence;
}

/// The names in a list such as "...: listen, tcp".
std::vector<std::string> names_after(const std::string& sentence, const std::string& start) {
  std::vector<std::string> names;
  std::istringstream list{sentence.substr(sentence.find(start) + start.size())};
  for (std::string name; std::getline(list, name, ',');) {
    names.push_back(name.substr(name.find_first_not_of(' ')));
  }
  return names;
}

TEST(Operating, HasEveryKeyOfTheConfigurationInItsTable) {
  std::ifstream file{std::filesystem::path{MUSTER_SOURCE_DIR} / "docs" / "OPERATING.md"};
  const std::string page{std::istreambuf_iterator<char>{file}, {}};
  const std::string sections = refusal("[no-such-section]");
  std::size_t keys = 0;
  for (auto at = sections.find('['); at != std::string::npos; at = sections.find('[', at + 1)) {
    const bool list = sections[at + 1] == '[';
    at += list ? 1 : 0;
    const std::string section = sections.substr(at + 1, sections.find(']', at) - at - 1);
    const std::string head = list ? "[[" + section + "]]" : "[" + section + "]";
    const std::string sentence = refusal(head + "\nno-such-key = 1\n");
    for (const auto& key : names_after(sentence, "the keys of [" + section + "] are: ")) {
      EXPECT_THAT(page, testing::HasSubstr("| `" + section + "." + key + "` |"));
      ++keys;
    }
  }
  EXPECT_GE(keys, 15u);
}

}  // namespace
}  // namespace muster::node
