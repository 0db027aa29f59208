// SPDX-License-Identifier: Apache-2.0
#include "core/mesh/short_names.hpp"

namespace muster::mesh {
namespace {

NodeId node(std::uint8_t first, std::uint8_t second, std::uint8_t rest) {
  NodeId id;
  id.octets.fill(rest);
  id.octets[0] = first;
  id.octets[1] = second;
  return id;
}

std::optional<NodeId> there_and_back(const ShortNames& here, const ShortNames& there,
                                     const NodeId& id) {
  ByteWriter writer;
  here.write(writer, id);
  EXPECT_EQ(writer.size(), here.bytes_of(id));
  ByteReader reader{writer.view()};
  auto read = there.read(reader);
  EXPECT_TRUE(reader.finished());
  return read;
}

TEST(ShortNames, HaveTheSameDigestForTheSameNodesInAnyOrder) {
  ShortNames one, other, more, none;
  for (const std::uint8_t n : {1, 2, 3}) one.add(node(n, n, 9));
  for (const std::uint8_t n : {3, 1, 2}) other.add(node(n, n, 9));
  for (const std::uint8_t n : {1, 2, 3, 4}) more.add(node(n, n, 9));
  EXPECT_EQ(one.digest(), other.digest());
  EXPECT_NE(one.digest(), more.digest());
  EXPECT_NE(one.digest(), 0u);
  EXPECT_EQ(none.digest(), 0u);
}

TEST(ShortNames, SayANodeOfTheRosterInTwoOctets) {
  ShortNames names;
  names.add(node(1, 2, 3));
  EXPECT_EQ(names.bytes_of(node(1, 2, 3)), 2u);
  EXPECT_EQ(there_and_back(names, names, node(1, 2, 3)), node(1, 2, 3));
}

TEST(ShortNames, SayWholeWhatTwoOctetsDoNotTellApart) {
  ShortNames names;
  names.add(node(1, 2, 3));
  names.add(node(1, 2, 4));
  names.add(node(0, 0, 5));
  for (const auto& id : {node(1, 2, 3), node(1, 2, 4), node(0, 0, 5), node(9, 9, 9)}) {
    EXPECT_EQ(names.bytes_of(id), 18u);
    EXPECT_EQ(there_and_back(names, names, id), id);
  }
}

TEST(ShortNames, KnowNobodyByANameThatIsNotOfOneNodeAlone) {
  ShortNames older;
  older.add(node(1, 2, 3));
  ShortNames newer = older;
  newer.add(node(1, 2, 4));
  EXPECT_EQ(there_and_back(older, newer, node(1, 2, 3)), std::nullopt);
  EXPECT_EQ(there_and_back(older, {}, node(1, 2, 3)), std::nullopt);
}

TEST(ShortNames, AddedTwiceStayOfOneNode) {
  ShortNames names;
  names.add(node(1, 2, 3));
  names.add(node(1, 2, 3));
  EXPECT_EQ(names.bytes_of(node(1, 2, 3)), 2u);
}

}  // namespace
}  // namespace muster::mesh
