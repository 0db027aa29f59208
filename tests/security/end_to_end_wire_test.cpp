// SPDX-License-Identifier: Apache-2.0
#include "security/end_to_end_wire.hpp"

#include <gtest/gtest.h>

namespace muster::security {
namespace {

TEST(EndToEndWire, ReadsAHeaderOnlyOfItsOwnForm) {
  Bytes first = FirstForm{}.encode_header();
  first.resize(FirstForm::overhead_bytes);
  Bytes later = LaterForm{}.encode_header();
  later.resize(FirstForm::overhead_bytes);

  EXPECT_TRUE(FirstForm::decode_header(first));
  EXPECT_TRUE(LaterForm::decode_header(later));
  EXPECT_FALSE(FirstForm::decode_header(later));
  EXPECT_FALSE(LaterForm::decode_header(first));
  EXPECT_FALSE(LaterForm::decode_header(Bytes(FirstForm::overhead_bytes)));
}

TEST(EndToEndWire, ReadsNoHeaderOfASealedMessageCutShort) {
  Bytes first = FirstForm{}.encode_header();
  first.resize(FirstForm::overhead_bytes - 1);
  Bytes later = LaterForm{}.encode_header();
  later.resize(LaterForm::overhead_bytes - 1);

  EXPECT_FALSE(FirstForm::decode_header(first));
  EXPECT_FALSE(LaterForm::decode_header(later));
}

}  // namespace
}  // namespace muster::security
