// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include "radio/kiss_modem.hpp"
#include "radio/pipe_modem.hpp"
#include "radio/rnode_modem.hpp"
#include "radio/tunnel_modem.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace muster::fuzz {
namespace {

using namespace muster::radio;

std::unique_ptr<Modem> make(unsigned which) {
  switch (which % 4) {
    case 0:
      return std::make_unique<KissModem>(
          KissModem::Config{Ax25Station::parse("AA1AA").value(), 1, {}});
    case 1:
      return std::make_unique<PipeModem>(ShortStation{1});
    case 2: {
      RnodeModem::Config config{{1}, {}};
      config.parameters.frequency_hz = 869'525'000;
      config.parameters.flow_control = true;
      return std::make_unique<RnodeModem>(config);
    }
    default:
      return std::make_unique<TunnelModem>(LinkAddress{Bytes{1}});
  }
}

Bytes drain(Modem& modem) {
  Bytes written;
  while (auto output = modem.poll()) {
    if (auto* octets = std::get_if<Modem::Write>(&*output)) append(written, octets->octets);
    if (auto* heard = std::get_if<Modem::Received>(&*output)) {
      MUST(!heard->datagram.empty());
      MUST(heard->datagram.size() <= 2048);
      MUST(heard->from.octets.size() <= LinkAddress::octets_max);
    }
  }
  return written;
}

}  // namespace

/// The first octet chooses the modem, the second how the rest is cut into reads; whatever a modem
/// says, time goes on and datagrams are sent in between.
void run(BytesView input) {
  if (input.size() < 2) return;
  const auto modem = make(input[0]);
  const std::size_t step = input[1] + std::size_t{1};
  TimePoint now{std::chrono::hours{1}};
  modem->opened(now);
  (void)drain(*modem);
  BytesView rest = input.subspan(2);
  while (!rest.empty()) {
    const auto read = rest.first(std::min(step, rest.size()));
    rest = rest.subspan(read.size());
    modem->receive(now, read);
    modem->send(now, std::nullopt, read);
    MUST(drain(*modem).size() <= 64 * 1024);
    now += std::chrono::seconds{1};
    modem->advance(now);
    (void)drain(*modem);
  }
}

std::vector<Bytes> seeds() {
  std::vector<Bytes> all;
  const auto with = [&](std::uint8_t which, std::uint8_t step, BytesView stream) {
    Bytes seed{which, step};
    append(seed, stream);
    all.push_back(std::move(seed));
  };
  const Bytes information{0xc0, 0xdb, 1};
  const Ax25Frame frame{Ax25Station::parse("MUSTER").value(), Ax25Station::parse("BB2BB-3").value(),
                        information};
  const Bytes kiss = encode_kiss(0x10, frame.encode());
  with(0, 255, kiss);
  with(0, 2, kiss);
  with(1, 9, encode_pipe_frame(ShortHeader{1, {2}}.put_before(Bytes{0, 1, 0})));
  Bytes rnode = encode_kiss(0x08, Bytes{0x46});
  append(rnode, encode_kiss(0x01, from_hex("33d3e608").value()));
  append(rnode, encode_kiss(0x02, from_hex("0001e848").value()));
  append(rnode, encode_kiss(0x03, Bytes{7}));
  append(rnode, encode_kiss(0x04, Bytes{8}));
  append(rnode, encode_kiss(0x05, Bytes{5}));
  append(rnode, encode_kiss(0x06, Bytes{1}));
  append(rnode, encode_kiss(0x23, Bytes{57}));
  append(rnode, encode_kiss(0x00, ShortHeader{1, {2}}.put_before(Bytes{5})));
  append(rnode, encode_kiss(0x0f, Bytes{1}));
  append(rnode, encode_kiss(0x90, Bytes{4}));
  with(2, 255, rnode);
  with(2, 11, rnode);
  with(3, 3, from_hex("4d55535445520001000401020304").value());
  return all;
}

}  // namespace muster::fuzz
