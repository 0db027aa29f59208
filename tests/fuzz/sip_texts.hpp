// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/base/bytes.hpp"

namespace muster::fuzz {

inline const char* const session_description =
    "v=0\r\no=alice 1 1 IN IP4 10.0.1.10\r\ns=-\r\nc=IN IP4 10.0.1.10\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=rtcp:4007\r\n"
    "a=sendrecv\r\nm=video 0 RTP/SAVP 96\r\nc=IN IP6 fe80::1\r\na=rtcp-mux\r\na=inactive\r\n";

/// A request as alice's phone sends it.
inline std::string sip_request(const std::string& method, const std::string& uri,
                               const std::string& more = {}, const std::string& body = {}) {
  return method + ' ' + uri + " SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.1.10:5060;rport;branch=z9hG4bK" +
         method +
         "1\r\nMax-Forwards: 70\r\nFrom: \"Alice\" <sip:alice@drill.example>;tag=a1\r\n"
         "To: <sip:dave@drill.example>\r\nCall-ID: call-1\r\nCSeq: 1 " +
         method + "\r\nContact: <sip:alice@10.0.1.10:5060;ob>;expires=600\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

inline std::vector<Bytes> sip_messages() {
  using namespace std::string_literals;
  std::vector<Bytes> all;
  const auto add = [&](const std::string& text) { all.push_back(to_bytes(text)); };
  add(sip_request("REGISTER", "sip:drill.example",
                  "Authorization: Digest username=\"alice\", realm=\"drill.example\", nonce=\"n\", "
                  "uri=\"sip:drill.example\", response=\"00\", algorithm=SHA-256, qop=auth, "
                  "nc=00000001, cnonce=\"c\"\r\nSupported: path, outbound\r\n"));
  add(sip_request("INVITE", "sip:dave@drill.example",
                  "Content-Type: application/sdp\r\nResource-Priority: dsn.flash\r\n"
                  "Record-Route: <sip:10.0.1.1;lr>, <sip:10.0.2.1;lr>\r\n",
                  session_description));
  add(sip_request("MESSAGE", "sip:dave@drill.example", "Content-Type: text/plain\r\n", "hello"));
  add(sip_request("CANCEL", "sip:dave@drill.example", "Reason: SIP;cause=200\r\n"));
  add("SIP/2.0 180 Ringing\r\nv: SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bKx;received=10.0.0.1,"
      " SIP/2.0/MUSTER h\r\n ;branch=z9hG4bKy\r\nf: sip:alice@drill.example;tag=1\r\nt: "
      "sip:dave@drill.example;tag=2\r\ni: 1@h\r\nCSeq: 1 INVITE\r\nm: *\r\nl: 0\r\n\r\n");
  // Strange and allowed (in the manner of RFC 4475), then strange and not.
  add("!x1%+`'~ sip:%64ave@drill.example:05060;x=%00?h=%0d%0a SIP/2.0\r\nTO :\r\n \"\\\"q\\\\\" "
      "<sip:d%40ve@drill.example>  ;  tag = 9\r\nfrom:sip:a@b;tag=\"t\"\r\nCall-ID:  "
      "a@!#$%&\r\ncSeQ: 0000000007\r\n !x1%+`'~\r\nv : SIP / 2.0 / UDP  h:9 ; rport ; branch = "
      "z9hG4bK.a , SIP/2.0/TCP [::1];branch=z9hG4bKb\r\nX-Empty:\r\nDate: Sat, 13 Nov 2010 "
      "23:29:00 GMT\r\nl:003\r\n\r\n\x00\xff\x7f"s);
  add("INVITE sip:dave@drill.example SIP/2.0\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\nTo: <sip:a@b>\n"
      "From: <sip:a@b>;tag=1;tag=2\nCall-ID: 1\nCSeq: 4294967296 INVITE\nContent-Length: -1\n"
      "Content-Length: 7\nMax-Forwards: 300\nExpires: 99999999999\nContact: \"<sip:u\n\n");
  add("REGISTER sip:drill.example SIP/7.0\r\nVia: SIP/2.0/UDP h;branch=\r\nTo: "
      "sip:a@b?x=y\r\nFrom: "
      "<>;tag\r\nCall-ID:\r\nCSeq: 1 INVITE\r\nContact: *, <sip:a@b>;q=7;expires=x\r\n\r\n");
  return all;
}

}  // namespace muster::fuzz
