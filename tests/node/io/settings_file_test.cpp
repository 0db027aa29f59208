// SPDX-License-Identifier: Apache-2.0
#include "node/io/settings_file.hpp"

namespace muster::node {
namespace {

using namespace std::chrono_literals;

std::string refusal(std::string_view text) {
  const auto settings = parse_settings(text, "node.toml");
  return settings ? "accepted" : settings.error().sentence;
}

TEST(SettingsFile, ReadsEveryKey) {
  const auto settings = parse_settings(R"(
[state]
directory = "/tmp/state"
[control]
socket = "ipc:///tmp/c.sock"
[sip]
listen = "[::1]:5062"
tcp = false
guests = ["guest-1", "guest-2"]
[media]
ports = [30000, 30099]
deadline = "250ms"
[messages]
answer_within = "3s"
lifetime = "2d"
quota_bytes = 1000000
[discovery]
peers = ["192.0.2.7:7077"]
beacons = false
avahi = "embedded"
dns = "off"
[overlay]
replicate_to_all_bytes_max = 0
k = 9
alpha = 4
[services]
offer = ["time", "gateway", "time"]
note = "am H\u00fcgel"
[security]
rekey_after = "30m"
rekey_after_frames = 100000
[log]
level = "debug"
journal_events_max = 500
[[link]]
kind = "udp"
interface = "wlan0"
port = 7078
mtu = 1200
)",
                                       "node.toml");
  ASSERT_TRUE(settings) << settings.error().sentence;
  EXPECT_EQ(settings->state_directory, "/tmp/state");
  EXPECT_EQ(settings->control_socket, "ipc:///tmp/c.sock");
  EXPECT_EQ(settings->sip_listen.text(), "[::1]:5062");
  EXPECT_FALSE(settings->sip_tcp);
  EXPECT_EQ(settings->sip_guests, (std::vector<std::string>{"guest-1", "guest-2"}));
  EXPECT_EQ(settings->media_port_first, 30000);
  EXPECT_EQ(settings->media_port_last, 30099);
  EXPECT_EQ(settings->media_deadline, std::chrono::milliseconds{250});
  EXPECT_EQ(settings->message_answer_within, std::chrono::seconds{3});
  EXPECT_EQ(settings->message_lifetime, std::chrono::hours{48});
  EXPECT_EQ(settings->message_quota_bytes, 1000000u);
  ASSERT_EQ(settings->peers.size(), 1u);
  EXPECT_EQ(settings->peers[0].text(), "192.0.2.7:7077");
  EXPECT_FALSE(settings->beacons);
  EXPECT_EQ(settings->avahi, AvahiUse::embedded);
  EXPECT_EQ(settings->dns, DnsUse::off);
  EXPECT_EQ(settings->replicate_to_all_bytes_max, 0u);
  EXPECT_EQ(settings->copies, 9u);
  EXPECT_EQ(settings->look_up_parallel, 4u);
  EXPECT_EQ(settings->services, (std::vector<std::string>{"time", "gateway"}));
  EXPECT_EQ(settings->services_note, "am H\xc3\xbcgel");
  EXPECT_EQ(settings->rekey_after, std::chrono::minutes{30});
  EXPECT_EQ(settings->rekey_after_frames, 100000u);
  EXPECT_EQ(settings->log_level, "debug");
  EXPECT_EQ(settings->journal_events_max, 500u);
  EXPECT_EQ(settings->links, (std::vector<LinkSettings>{{"wlan0", 7078, 1200}}));
}

TEST(SettingsFile, AnEmptyFileGivesTheDefaults) {
  const auto settings = parse_settings("", "node.toml");
  ASSERT_TRUE(settings);
  EXPECT_TRUE(settings->beacons);
  EXPECT_EQ(settings->avahi, AvahiUse::automatic);
  EXPECT_EQ(settings->dns, DnsUse::automatic);
  EXPECT_EQ(settings->control_socket, "ipc:///var/lib/muster/control.sock");
}

TEST(SettingsFile, AnUnknownKeyNamesFileLineAndWhatThereIs) {
  EXPECT_EQ(refusal("[sip]\nlissten = \"127.0.0.1:5060\"\n"),
            "node.toml:2: sip.lissten: unknown key; the keys of [sip] are: listen, tcp, guests");
}

TEST(SettingsFile, OffersOnlyServicesWhoseMeaningIsAgreed) {
  EXPECT_EQ(refusal("[services]\noffer = [\"gatway\"]\n"),
            "node.toml:2: services.offer: not one of gateway, relay, time");
  EXPECT_EQ(refusal("[services]\noffer = \"gateway\"\n"),
            "node.toml:2: services.offer: not a list; write [\"gateway\", \"relay\"]");
  EXPECT_EQ(refusal("[services]\nnote = \"a\\u001bb\"\n"),
            "node.toml:2: services.note: not one line of at most 64 octets");
  EXPECT_EQ(refusal("[services]\nnote = \"" + std::string(65, 'a') + "\"\n"),
            "node.toml:2: services.note: not one line of at most 64 octets");
}

TEST(SettingsFile, ReadsEveryKindOfLink) {
  const auto settings = parse_settings(R"(
[[link]]
kind = "kiss-tcp"
address = "127.0.0.1:8001"
station = "N0CALL-7"
profile = "afsk1200"
kiss_port = 1
txdelay = "300ms"
persistence = 63
slot = "100ms"
txtail = "50ms"
full_duplex = false
duty_cycle = 0.5
[[link]]
kind = "kiss-serial"
device = "/dev/ttyUSB0"
speed = 9600
station = "N0CALL-8"
profile = "g3ruh9600"
mtu = 300
[[link]]
kind = "rnode"
device = "/dev/ttyACM0"
frequency = 869525000
bandwidth = 250000
spreading_factor = 9
coding_rate = 6
power = 14
flow_control = true
duty_cycle = 0.1
[[link]]
kind = "serial"
device = "/dev/ttyUSB1"
speed = 57600
bitrate = 64000
[[link]]
kind = "tcp"
address = "gateway.example:7077"
[[link]]
kind = "tcp-listen"
address = "0.0.0.0:7077"
)",
                                       "node.toml");
  ASSERT_TRUE(settings) << settings.error().sentence;
  const auto& links = settings->links;
  ASSERT_EQ(links.size(), 6u);
  EXPECT_EQ(links[0].name(), "127.0.0.1:8001");
  EXPECT_EQ(links[0].kiss_port, 1u);
  EXPECT_EQ(links[0].kiss, (radio::KissParameters{300ms, 63, 100ms, 50ms, false}));
  EXPECT_EQ(links[0].profile.bitrate_bps, 1200u);
  EXPECT_EQ(links[0].profile.duty_cycle, 0.5);
  EXPECT_EQ(links[0].datagram_bytes_max(), 240u);
  EXPECT_EQ(links[1].name(), "/dev/ttyUSB0");
  EXPECT_EQ(links[1].datagram_bytes_max(), 300u);
  EXPECT_EQ(links[2].rnode.lora.spreading_factor, 9u);
  EXPECT_EQ(links[2].rnode.airtime_long, 0.1);
  EXPECT_TRUE(links[2].rnode.flow_control);
  EXPECT_EQ(links[2].datagram_bytes_max(), 250u);
  EXPECT_EQ(links[3].profile.bitrate_bps, 64000u);
  EXPECT_FALSE(links[4].profile.metered());
  EXPECT_EQ(kind_name(links[5].kind), "tcp-listen");
}

TEST(SettingsFile, AnUnknownSectionNamesThoseThereAre) {
  EXPECT_THAT(refusal("\n[sipp]\n"), testing::StartsWith("node.toml:2: sipp: unknown section;"));
  EXPECT_THAT(refusal("sip = 5\n"), testing::StartsWith("node.toml:1: sip: a section"));
}

TEST(SettingsFile, ABadValueNamesFileLineReasonAndRemedy) {
  EXPECT_EQ(refusal("[sip]\nlisten = \"localhost\"\n"),
            "node.toml:2: sip.listen: not an IP address and port; write for example "
            "\"127.0.0.1:5060\" or \"[::1]:5060\"");
  EXPECT_EQ(refusal("[sip]\nlisten = \"0.0.0.0:5060\"\n"),
            "node.toml:2: sip.listen: 0.0.0.0 is no address of one machine; write the one at which "
            "phones reach this node, for example \"192.0.2.1:5060\"");
  for (const char* text :
       {"[sip]\nlisten = \"[::]:5060\"",
        "[sip]\nlisten = \"224.0.0.1:5060\"",
        "[sip]\nlisten = \"255.255.255.255:5060\"",
        "[media]\nports = [20001, 20999]",
        "[media]\nports = [20000]",
        "[media]\nports = 4",
        "[media]\ndeadline = 400",
        "[media]\ndeadline = \"400\"",
        "[media]\ndeadline = \"9h\"",
        "[log]\nlevel = \"loud\"",
        "[[link]]\nkind = \"udp\"\nmtu = 100",
        "[[link]]\nkind = \"smoke\"",
        "[[link]]\nkind = \"udp\"\ninterface = \"wlan0\"\nstation = \"AA1AA\"",
        "[[link]]\nkind = \"kiss-tcp\"\naddress = \"127.0.0.1:8001\"",
        "[[link]]\nkind = \"kiss-tcp\"\naddress = \"127.0.0.1\"",
        "[[link]]\nkind = \"kiss-tcp\"\naddress = \"127.0.0.1:99999\"",
        "[[link]]\nkind = \"kiss-tcp\"\nstation = \"N0 CALL\"",
        "[[link]]\nkind = \"kiss-serial\"\nspeed = 12345",
        "[[link]]\nkind = \"rnode\"\ndevice = \"/dev/ttyUSB0\"\nfrequency = 1",
        "[[link]]\nkind = \"rnode\"\ndevice = \"/dev/ttyUSB0\"\nfrequency = 869525000\nmtu = 600",
        "[[link]]\nkind = \"tcp-listen\"\naddress = \"gateway.example:7077\"",
        "[[link]]\nkind = \"serial\"\nduty_cycle = 2",
        "[[link]]\nkind = \"udp\"",
        "[link]\nkind = \"udp\"",
        "[discovery]\nbeacons = \"no\"",
        "[discovery]\navahi = \"yes\"",
        "[discovery]\navahi = true",
        "[discovery]\npeers = \"192.0.2.7:7077\"",
        "[sip]\nguests = \"guest-1\"",
        "[sip]\nguests = [7]",
        "[sip]\nguests = [\"\"]",
        "[control]\nsocket = \"tcp://*:1\"",
        "[overlay]\nreplicate_to_all_bytes_max = -1",
        "[overlay]\nk = 0",
        "[overlay]\nalpha = 101",
        "[security]\nrekey_after = \"1s\"",
        "[security]\nrekey_after_frames = 0",
        "[state]\ndirectory = 7"}) {
    EXPECT_THAT(refusal(text), testing::MatchesRegex("node.toml:[0-9]+: .+; .+|"
                                                     "node.toml:[0-9]+: .+: not .+"))
        << text;
  }
}

TEST(SettingsFile, AnAddressThatIsNoneShowsOneOfItsKind) {
  EXPECT_THAT(refusal("[discovery]\npeers = [\"host-2\"]\n"),
              testing::HasSubstr("\"192.0.2.7:7077\""));
}

TEST(SettingsFile, AnEmptyTextIsCalledEmpty) {
  EXPECT_THAT(refusal("[state]\ndirectory = \"\"\n"),
              testing::StartsWith("node.toml:2: state.directory: empty;"));
}

TEST(SettingsFile, TheSameLinkTwiceNamesBothLines) {
  const std::string wlan0 = "[[link]]\nkind = \"udp\"\ninterface = \"wlan0\"\n";
  EXPECT_EQ(refusal(wlan0 + wlan0),
            "node.toml:4: link: interface wlan0 and port 7077 again, as in line 1; "
            "remove one of the two");
  EXPECT_EQ(refusal(wlan0 + wlan0 + "port = 7078\n"), "accepted");
  const std::string modem = "device = \"/dev/ttyUSB0\"\n";
  EXPECT_THAT(refusal("[[link]]\nkind = \"serial\"\nbitrate = 64000\n" + modem +
                      "[[link]]\nkind = \"rnode\"\nfrequency = 869525000\n" + modem),
              testing::HasSubstr("device /dev/ttyUSB0 again"))
      << "whatever it is taken for";
  const std::string controller =
      "[[link]]\nkind = \"kiss-tcp\"\naddress = \"127.0.0.1:8001\"\nstation = \"N0CALL-1\"\n"
      "profile = \"afsk1200\"\n";
  EXPECT_EQ(refusal(controller + controller + "kiss_port = 1\n"), "accepted");
  EXPECT_NE(refusal(controller + controller), "accepted");
  const std::string tunnel = "address = \"192.0.2.7:7077\"\n[[link]]\n";
  EXPECT_EQ(refusal("[[link]]\nkind = \"tcp\"\n" + tunnel + "kind = \"tcp-listen\"\n" +
                    "address = \"192.0.2.7:7077\"\n"),
            "accepted");
}

TEST(SettingsFile, TextThatIsNotTomlNamesTheLine) {
  EXPECT_THAT(refusal("[sip]\nlisten = \n"), testing::StartsWith("node.toml:2: not TOML:"));
}

TEST(SettingsFile, WhateverTheFileHasTheRefusalIsOneLine) {
  for (const auto* text :
       {"[messages]\nlifetime = i\n", "\"a\\nb\" = 1\n", "[sip]\n\"a\\nb\" = 1\n"}) {
    EXPECT_THAT(refusal(text), testing::Not(testing::HasSubstr("\n")));
    EXPECT_NE(refusal(text), "accepted");
  }
}

TEST(SettingsFile, AFileThatIsNotThereIsNamed) {
  const auto settings = load_settings("/does/not/exist.toml");
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().sentence,
            "/does/not/exist.toml: cannot be read; does it exist, and may you?");
}

TEST(SettingsFile, AFolderIsNotTakenForAnEmptyConfiguration) {
  const auto settings = load_settings("/");
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().sentence, "/: cannot be read; is it a file?");
}

}  // namespace
}  // namespace muster::node
