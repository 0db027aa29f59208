// SPDX-License-Identifier: Apache-2.0
#include "sim/io/pcap_tap.hpp"

#include "core/base/byte_writer.hpp"
#include "sim/simulated_address.hpp"

namespace muster::sim {
namespace {

// RFC 791, RFC 768, IEEE 802.3.
constexpr std::uint16_t ether_type_ipv4 = 0x0800;
constexpr std::uint8_t version_and_length = 0x45;
constexpr std::uint8_t protocol_udp = 17;
constexpr std::uint16_t ip_header_bytes = 20;
constexpr std::uint16_t udp_header_bytes = 8;
constexpr std::uint16_t do_not_fragment = 0x4000;
constexpr std::uint8_t locally_administered = 0x02;

// Ours.
constexpr std::uint8_t time_to_live = 64;

IpAddress address_of(std::optional<HostIndex> host) {
  return host ? host_address(*host) : IpAddress{false, {255, 255, 255, 255}, 0};
}

BytesView octets_of(const IpAddress& address) { return BytesView(address.octets).first(4); }

void write_mac(ByteWriter& writer, std::optional<HostIndex> host) {
  if (!host) {
    writer.raw(Bytes(6, 0xff));
    return;
  }
  writer.u8(locally_administered).u8(0).raw(octets_of(host_address(*host)));
}

/// RFC 1071, over several pieces of even length but for the last.
class Checksum {
 public:
  Checksum& add(BytesView bytes) {
    for (std::size_t place = 0; place < bytes.size(); ++place) {
      sum_ += place % 2 == 0 ? std::uint32_t{bytes[place]} << 8 : bytes[place];
    }
    return *this;
  }
  [[nodiscard]] std::uint16_t value() const {
    auto sum = sum_;
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
  }

 private:
  std::uint64_t sum_ = 0;
};

Bytes ip_header(const IpAddress& from, const IpAddress& to, std::uint16_t udp_bytes,
                std::uint16_t checksum) {
  ByteWriter writer;
  writer.u8(version_and_length).u8(0).u16(ip_header_bytes + udp_bytes).u16(0).u16(do_not_fragment);
  writer.u8(time_to_live).u8(protocol_udp).u16(checksum);
  writer.raw(octets_of(from)).raw(octets_of(to));
  return writer.take();
}

Bytes udp_header(std::uint16_t udp_bytes, std::uint16_t checksum) {
  ByteWriter writer;
  writer.u16(link_port).u16(link_port).u16(udp_bytes).u16(checksum);
  return writer.take();
}

/// Over the pseudo header of RFC 768 too; 0 would mean that there is none.
std::uint16_t udp_checksum(const IpAddress& from, const IpAddress& to, std::uint16_t udp_bytes,
                           BytesView datagram) {
  ByteWriter pseudo;
  pseudo.raw(octets_of(from)).raw(octets_of(to)).u8(0).u8(protocol_udp).u16(udp_bytes);
  const auto sum =
      Checksum{}.add(pseudo.view()).add(udp_header(udp_bytes, 0)).add(datagram).value();
  return sum == 0 ? 0xffff : sum;
}

}  // namespace

Bytes ethernet_frame(HostIndex from, std::optional<HostIndex> to, BytesView datagram) {
  const auto source = host_address(from);
  const auto target = address_of(to);
  const auto udp_bytes = static_cast<std::uint16_t>(udp_header_bytes + datagram.size());
  ByteWriter writer;
  write_mac(writer, to);
  write_mac(writer, from);
  writer.u16(ether_type_ipv4);
  const auto checksum = Checksum{}.add(ip_header(source, target, udp_bytes, 0)).value();
  writer.raw(ip_header(source, target, udp_bytes, checksum));
  writer.raw(udp_header(udp_bytes, udp_checksum(source, target, udp_bytes, datagram)));
  writer.raw(datagram);
  return writer.take();
}

void PcapTap::frame(Duration since_start, HostIndex from, std::optional<HostIndex> to,
                    BytesView datagram) {
  file_.write(since_start, ethernet_frame(from, to, datagram));
}

bool PcapTap::finish() {
  file_.flush();
  return !file_.failed();
}

}  // namespace muster::sim
