// SPDX-License-Identifier: Apache-2.0
#include "security/sealed_message.hpp"

#include <map>

#include "core/base/byte_writer.hpp"
#include "security/hpke.hpp"
#include "tests/security/published_vectors.hpp"
#include "tests/support/seeded_test_random.hpp"

namespace muster::security {
namespace {

constexpr std::string_view alice = "alice@drill.example";
constexpr std::string_view dave = "dave@drill.example";

/// 32 octets that count from `first`.
Key32 counting(std::uint8_t first) {
  Key32 key{};
  for (auto& octet : key) octet = first++;
  return key;
}

/// Gives out the keys 128, 129, ... and 160, 161, ... of the known answers.
class CountingRandom final : public ports::Random {
 public:
  void fill(std::span<std::uint8_t> octets) override {
    for (auto& octet : octets) octet = next_++;
  }

 private:
  std::uint8_t next_ = 128;
};

class Certificates final : public MessageSenders {
 public:
  std::map<CertificateRef, MessageSender> known;
  std::optional<MessageSender> sender(const CertificateRef& ref) const override {
    const auto at = known.find(ref);
    return at == known.end() ? std::nullopt : std::optional{at->second};
  }
};

class SealedMessage : public testing::Test {
 protected:
  SealedMessage() {
    const Key32 sequence = counting(0);
    signer.certificate =
        CertificateRef::from(BytesView{sequence}.first(CertificateRef::size)).value();
    certificates.known[signer.certificate] = {std::string{alice}, ed25519_public(counting(1))};
  }
  [[nodiscard]] std::vector<Key32> public_prekeys(std::size_t count = 2) const {
    std::vector<Key32> all;
    for (std::size_t i = 0; i < count; ++i) {
      all.push_back(x25519_public(counting(static_cast<std::uint8_t>(64 + 32 * i))));
    }
    return all;
  }
  Bytes seal(ports::Random& from, std::size_t prekeys = 2, std::string_view to = dave) {
    return seal_message(signer, to, public_prekeys(prekeys), as_bytes("in position"), from).value();
  }
  Result<OpenedMessage, OpenMessageError> open(BytesView sealed, std::uint8_t prekey = 64,
                                               std::string_view recipient = dave) {
    const std::array own{Secret32{counting(200)}, Secret32{counting(prekey)}};
    return open_message(sealed, recipient, own, certificates);
  }

  MessageSigner signer{std::string{alice}, {}, Secret32{counting(1)}};
  Certificates certificates;
  test::SeededTestRandom random{7};
};

// Made by another program from docs/protocol/message.md alone: Python and its `cryptography`.
TEST_F(SealedMessage, MatchesTheKnownAnswers) {
  CountingRandom one;
  EXPECT_EQ(to_hex(seal(one, 1)),
            "0101ff6e493e82fc74464a59268817623d2053c5eb8e2cc4a988b4fee179ec6b010d531d9a48dad225bde1"
            "cc1c7765e02ccec7feb6134c10fd56b075928ea02c7c9dd3045d68b2cfbf88fb8714165af177bbade8492d"
            "8f93ecfc6cbd18abe15460919988da5a31eba7012205ddea612b56c84557e78f78acbe7d2bfb34024ab574"
            "2e7759e293d4a981d954a3c0e7bd");
  CountingRandom two;
  EXPECT_EQ(to_hex(seal(two, 2)),
            "0102ff6e493e82fc74464a59268817623d2053c5eb8e2cc4a988b4fee179ec6b010d531d605a725d2a4adf"
            "eeb1a29e17edd621c1b7593ee8cdbc44ac6c4ab6e2f805d23c47632241f313db9e579bea276c62c1b43d6f"
            "eaae26a8a7860c8389a45df92833293cd4f27c29ab732793eb6c8d1b24119a48dad225bde1cc1c7765e02c"
            "cec7fee95b5879d631256cdebe45b9611c129a4d950085bad4ab57c8291a09fd176b47f4aa423ee422dc3c"
            "76ed8ea6a5a12af049871528dad258c4b82bbcaab0229a5fe78f78acbe7d2bfb34024af32d760a18fdd6f6"
            "a71eb41e7ec9a7b7");
}

TEST_F(SealedMessage, IsOpenedWithTheKeyOfAnyOfTheRecipientsNodes) {
  const Bytes sealed = seal(random, 3);
  for (const std::uint8_t prekey : {64, 96, 128}) {
    const auto opened = open(sealed, prekey);
    ASSERT_TRUE(opened) << int{prekey};
    EXPECT_EQ(opened->sender, alice);
    EXPECT_EQ(as_text(opened->body), "in position");
  }
  EXPECT_EQ(open(sealed, 30).error(), OpenMessageError::no_key);
}

TEST_F(SealedMessage, Costs132OctetsAnd80ForEachFurtherNode) {
  const std::size_t text = std::string_view{"in position"}.size();
  EXPECT_EQ(seal(random, 1).size(), text + 132);
  EXPECT_EQ(seal(random, 2).size(), text + 132 + 80);
  EXPECT_EQ(seal(random, 3).size(), text + 132 + 160);
}

TEST_F(SealedMessage, IsRefusedWithAnyOctetChanged) {
  const Bytes sealed = seal(random);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = sealed;
    changed[i] ^= static_cast<std::uint8_t>(1 << i % 8);
    EXPECT_FALSE(open(changed)) << "octet " << i;
    EXPECT_FALSE(open(changed, 96)) << "octet " << i;
  }
}

TEST_F(SealedMessage, IsRefusedWhenCutOffAnywhere) {
  const Bytes sealed = seal(random);
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(open(BytesView{sealed}.first(size))) << size;
  }
}

TEST_F(SealedMessage, CannotBePassedOffAsSaidToSomebodyElse) {
  EXPECT_EQ(open(seal(random), 64, "carol@drill.example").error(), OpenMessageError::forged);
}

/// Whoever may read a message has its content key and can seal what was signed for himself anew.
TEST_F(SealedMessage, CannotBeSealedAnewByItsRecipientForAnother) {
  const auto carol = x25519_public(counting(96));
  const auto to_dave =
      hpke_setup_sender(public_prekeys(1)[0], as_bytes("muster sealed message 1"), counting(128));
  CountingRandom same;
  const Bytes sealed = seal(same, 1);
  const Bytes exported = to_dave->context.export_secret(as_bytes("content key"), 32);
  Key32 key{};
  std::copy(exported.begin(), exported.end(), key.begin());
  const auto inside =
      aead_open(key, {}, BytesView{sealed}.first(36), BytesView{sealed}.subspan(36));
  ASSERT_TRUE(inside);
  const auto to_carol = hpke_setup_sender(carol, as_bytes("muster sealed message 1"), counting(9));
  const Bytes other = to_carol->context.export_secret(as_bytes("content key"), 32);
  std::copy(other.begin(), other.end(), key.begin());
  Bytes anew{1, 1, 0, 0};
  append(anew, to_carol->enc);
  append(anew, aead_seal(key, {}, anew, *inside));
  EXPECT_EQ(open(anew, 96, dave).error(), OpenMessageError::forged);
}

TEST_F(SealedMessage, IsNotBelievedUnderAnotherSignersKey) {
  certificates.known[signer.certificate].ed25519 = ed25519_public(counting(2));
  EXPECT_EQ(open(seal(random)).error(), OpenMessageError::forged);
}

TEST_F(SealedMessage, IsNotBelievedUnderAnotherSignersName) {
  certificates.known[signer.certificate].aor = "bob@drill.example";
  EXPECT_EQ(open(seal(random)).error(), OpenMessageError::forged);
}

TEST_F(SealedMessage, WaitsForTheSendersCertificate) {
  certificates.known.clear();
  EXPECT_EQ(open(seal(random)).error(), OpenMessageError::unknown_sender);
}

TEST_F(SealedMessage, SaysToItsRecipientAloneThatItMayBeForHim) {
  const Bytes sealed = seal(random);
  EXPECT_TRUE(may_be_for(sealed, dave));
  EXPECT_FALSE(may_be_for(sealed, "carol@drill.example"));
  EXPECT_FALSE(may_be_for({}, dave));
}

TEST_F(SealedMessage, ShowsNeitherNamesNorTextNorARecurringMark) {
  const Bytes one = seal(random);
  const Bytes two = seal(random);
  for (const std::string_view secret : {"alice", "dave", "position"}) {
    EXPECT_EQ(as_text(one).find(secret), std::string_view::npos) << secret;
  }
  EXPECT_NE(Bytes(one.begin() + 2, one.begin() + 4), Bytes(two.begin() + 2, two.begin() + 4));
  EXPECT_NE(sealed_message_id(one), sealed_message_id(two));
}

TEST_F(SealedMessage, IsNotMadeWithoutPrekeysOrWithTooManyOrWithABadOne) {
  const auto made = [&](const std::vector<Key32>& prekeys) {
    return seal_message(signer, dave, prekeys, as_bytes("x"), random).has_value();
  };
  EXPECT_FALSE(made({}));
  EXPECT_TRUE(made(std::vector(sealed_message_wraps_max, public_prekeys()[0])));
  EXPECT_FALSE(made(std::vector(sealed_message_wraps_max + 1, public_prekeys()[0])));
  EXPECT_FALSE(made({Key32{}}));
  EXPECT_FALSE(made({public_prekeys()[0], Key32{}}));
  EXPECT_FALSE(seal_message(signer, dave, public_prekeys(), Bytes(65535), random));
}

TEST_F(SealedMessage, TreatsRandomOctetsAsNoMessage) {
  const Bytes sample = seal(random);
  SeededRandom dice(3);
  for (int i = 0; i < 2000; ++i) {
    Bytes octets = sample;
    octets.resize(dice.below(400));
    for (auto& octet : octets) {
      if (dice.below(8) == 0) octet = static_cast<std::uint8_t>(dice.next());
    }
    if (octets != sample) {
      EXPECT_FALSE(open(octets));
    }
  }
}

}  // namespace
}  // namespace muster::security
