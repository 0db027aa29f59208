// SPDX-License-Identifier: Apache-2.0
#include "core/base/plain_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace muster {
namespace {

TEST(PlainText, TakesWhatPeopleWrite) {
  EXPECT_TRUE(is_plain_text(""));
  EXPECT_TRUE(is_plain_text("Iridium, at the command post"));
  EXPECT_TRUE(is_plain_text("Ger\xc3\xa4t am H\xc3\xbcgel, \xe2\x82\xac 5, \xf0\x9f\x93\xa1"));
  EXPECT_TRUE(is_plain_text("\xf4\x8f\xbf\xbf"));  // U+10FFFF
}

TEST(PlainText, RefusesWhatSpeaksToTerminals) {
  for (const char* text : {"a\nb", "\x1b[2J", "a\x7f",
                           "\xc2\x9b"
                           "2J"}) {
    EXPECT_FALSE(is_plain_text(text)) << text;
  }
  EXPECT_FALSE(is_plain_text(std::string(1, '\0')));
}

TEST(PlainText, RefusesWhatIsNoUtf8) {
  for (const char* text : {
           "\x80",              // begins in the middle
           "\xc3",              // ends there
           "\xc3(",             // no continuation
           "\xc0\xaf",          // "/" in two octets
           "\xe0\x80\xaf",      // in three
           "\xf0\x80\x80\xaf",  // in four
           "\xed\xa0\x80",      // half a pair of UTF-16
           "\xf4\x90\x80\x80",  // beyond the last
           "\xff",
       }) {
    EXPECT_FALSE(is_plain_text(text));
  }
}

}  // namespace
}  // namespace muster
