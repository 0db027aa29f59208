// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "security/crypto.hpp"
#include "security/hpke.hpp"

namespace muster::security {
namespace {

void count_octets(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void AeadSeal(benchmark::State& state) {
  const Key32 key{1};
  const Bytes plaintext(static_cast<std::size_t>(state.range(0)), 7);
  for (auto _ : state) benchmark::DoNotOptimize(aead_seal(key, Nonce12{}, {}, plaintext));
  count_octets(state);
}
BENCHMARK(AeadSeal)->Arg(64)->Arg(256)->Arg(1024)->Arg(8192);

void AeadOpen(benchmark::State& state) {
  const Key32 key{1};
  const Bytes sealed =
      aead_seal(key, Nonce12{}, {}, Bytes(static_cast<std::size_t>(state.range(0))));
  for (auto _ : state) benchmark::DoNotOptimize(aead_open(key, Nonce12{}, {}, sealed));
  count_octets(state);
}
BENCHMARK(AeadOpen)->Arg(64)->Arg(256)->Arg(1024)->Arg(8192);

void X25519(benchmark::State& state) {
  const Key32 public_key = x25519_public(Key32{2});
  for (auto _ : state) benchmark::DoNotOptimize(x25519(Key32{1}, public_key));
}
BENCHMARK(X25519);

void Ed25519Sign(benchmark::State& state) {
  const Bytes text(200, 7);
  for (auto _ : state) benchmark::DoNotOptimize(ed25519_sign(Key32{1}, text));
}
BENCHMARK(Ed25519Sign);

void Ed25519Verify(benchmark::State& state) {
  const Bytes text(200, 7);
  const Key32 public_key = ed25519_public(Key32{1});
  const auto signature = ed25519_sign(Key32{1}, text);
  for (auto _ : state) benchmark::DoNotOptimize(ed25519_verify(public_key, text, signature));
}
BENCHMARK(Ed25519Verify);

/// A context for a new correspondent, and the first message under it.
void HpkeSetupAndSeal(benchmark::State& state) {
  const Key32 recipient = x25519_public(Key32{2});
  const Bytes text(200, 7);
  for (auto _ : state) {
    const auto sender = hpke_setup_sender(recipient, {}, Key32{3});
    benchmark::DoNotOptimize(sender->context.seal(0, {}, text));
  }
}
BENCHMARK(HpkeSetupAndSeal);

void HpkeSetupAndOpen(benchmark::State& state) {
  const auto sender = hpke_setup_sender(x25519_public(Key32{2}), {}, Key32{3});
  const Bytes sealed = sender->context.seal(0, {}, Bytes(200, 7));
  for (auto _ : state) {
    const auto receiver = hpke_setup_receiver(sender->enc, Key32{2}, {});
    benchmark::DoNotOptimize(receiver->open(0, {}, sealed));
  }
}
BENCHMARK(HpkeSetupAndOpen);

}  // namespace
}  // namespace muster::security
