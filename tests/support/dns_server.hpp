// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/byte_reader.hpp"
#include "core/base/byte_writer.hpp"
#include "core/io/asio.hpp"

namespace muster::test {

/// A DNS server on loopback that says what it is told to (RFC 1035): records by name and type;
/// NXDOMAIN for any other name.
class DnsServer {
 public:
  static constexpr std::uint16_t type_a = 1, type_aaaa = 28, type_srv = 33;
  enum class Manner { answers, silent, fails, babbles };

  explicit DnsServer(asio::io_context& io)
      : socket_(io, asio::ip::udp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    listen();
  }

  void add(const std::string& name, std::uint16_t type, Bytes data) {
    records_[{name, type}].push_back(std::move(data));
  }
  void srv(const std::string& name, std::uint16_t priority, std::uint16_t weight,
           std::uint16_t port, const std::string& target) {
    ByteWriter data;
    data.u16(priority).u16(weight).u16(port).raw(encoded(target));
    add(name, type_srv, data.take());
  }
  void a(const std::string& name, std::uint8_t last) { add(name, type_a, Bytes{192, 0, 2, last}); }
  /// 2001:db8::last
  void aaaa(const std::string& name, std::uint8_t last) {
    Bytes address(16, 0);
    address[0] = 0x20;
    address[1] = 0x01;
    address[2] = 0x0d;
    address[3] = 0xb8;
    address[15] = last;
    add(name, type_aaaa, std::move(address));
  }
  Manner manner = Manner::answers;
  std::vector<std::string> asked;  ///< names, in order
  [[nodiscard]] std::string address() const {
    return "127.0.0.1:" + std::to_string(socket_.local_endpoint().port());
  }

 private:
  static Bytes encoded(const std::string& name) {
    ByteWriter out;
    for (std::size_t at = 0; at < name.size();) {
      const auto dot = std::min(name.find('.', at), name.size());
      out.block8(as_bytes(std::string_view(name).substr(at, dot - at)));
      at = dot + 1;
    }
    out.u8(0);
    return out.take();
  }

  void listen() {
    socket_.async_receive_from(asio::buffer(request_), from_,
                               [this](ErrorCode error, std::size_t octets) {
                                 if (error) return;
                                 answer(BytesView(request_).first(octets));
                                 listen();
                               });
  }

  void answer(BytesView request) {
    ByteReader in(request);
    const auto id = in.u16();
    in.raw(10);
    const auto question_at = request.size() - in.left();
    std::string name;
    for (auto length = in.u8(); length != 0 && !in.failed(); length = in.u8()) {
      if (!name.empty()) name += '.';
      name += as_text(in.raw(length));
    }
    const auto type = in.u16();
    in.u16();
    const auto question = request.subspan(question_at, request.size() - in.left() - question_at);
    asked.push_back(name);
    if (manner == Manner::silent) return;
    const auto found = records_.find({name, type});
    const bool known = std::any_of(records_.begin(), records_.end(),
                                   [&](const auto& each) { return each.first.first == name; });
    const std::uint16_t code = manner == Manner::fails ? 2 : known ? 0 : 3;
    const bool any = code == 0 && found != records_.end();
    ByteWriter out;
    out.u16(id).u16(static_cast<std::uint16_t>(0x8180 | code)).u16(1);
    out.u16(static_cast<std::uint16_t>(any ? found->second.size() : 0)).u16(0).u16(0);
    out.raw(question);
    if (any) {
      for (const auto& data : found->second) {
        out.u16(0xc00c).u16(type).u16(1).u32(60).block16(data);
      }
    }
    Bytes reply = out.take();
    if (manner == Manner::babbles) reply.resize(reply.size() - 3);
    socket_.send_to(asio::buffer(reply), from_);
  }

  asio::ip::udp::socket socket_;
  asio::ip::udp::endpoint from_;
  std::array<std::uint8_t, 1500> request_{};
  std::map<std::pair<std::string, std::uint16_t>, std::vector<Bytes>> records_;
};

}  // namespace muster::test
