// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <thread>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "node/io/control_codec.hpp"
#include "node/io/control_server.hpp"
#include "tests/support/temporary_directory.hpp"

namespace muster::node {
namespace {

class ControlSocket : public testing::Test {
 protected:
  ControlSocket() { endpoint_ = "ipc://" + directory_.path().string() + "/control.sock"; }

  test::TemporaryDirectory directory_;
  std::string endpoint_;
};

TEST_F(ControlSocket, AnswersAQuestionWithItsReport) {
  asio::io_context io;
  auto server = ControlServer::open(io, endpoint_, [](const Asked& asked) -> Report {
    EXPECT_EQ(asked.question, Question::users);
    return std::vector<UserReport>{{"sip:alice@drill.example", true, {{"ab", "host-1"}}}};
  });
  ASSERT_TRUE(server) << server.error().sentence;
  std::thread runner([&] { io.run_for(std::chrono::seconds{10}); });
  const auto report = ask_node(endpoint_, Question::users, std::chrono::seconds{5});
  io.stop();
  runner.join();
  ASSERT_TRUE(report) << report.error().sentence;
  const auto& users = std::get<std::vector<UserReport>>(*report);
  ASSERT_EQ(users.size(), 1u);
  EXPECT_EQ(users[0].nodes[0].name, "host-1");
}

TEST_F(ControlSocket, IsForItsOwnerOnly) {
  asio::io_context io;
  auto server =
      ControlServer::open(io, endpoint_, [](const Asked&) -> Report { return StatusReport{}; });
  ASSERT_TRUE(server) << server.error().sentence;
  struct stat status {};
  ASSERT_EQ(stat((directory_.path() / "control.sock").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(ControlSocket, SaysWhatIsMissingWhenNoNodeRuns) {
  const auto report = ask_node(endpoint_, Question::status, std::chrono::milliseconds{100});
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().sentence, testing::HasSubstr("is musterd running"));
}

TEST_F(ControlSocket, OfANodeThatHasEndedIsNoticedAtOnce) {
  const std::string path = directory_.path() / "control.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int left = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  close(left);
  const auto report = ask_node(endpoint_, Question::status, std::chrono::hours{1});
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().sentence, testing::HasSubstr("is musterd running"));
  asio::io_context io;
  EXPECT_TRUE(
      ControlServer::open(io, endpoint_, [](const Asked&) -> Report { return StatusReport{}; }));
}

TEST(ControlCodec, LinksAndHealthComeBackAsTheyWent) {
  LinkReport link;
  link.link = "wlan0";
  link.trouble = "gone";
  link.port = 7077;
  link.bytes_received = 1ull << 40;
  link.receive_errors = 2;
  const auto links = std::get<std::vector<LinkReport>>(
      *decode_report(encode_report(std::vector<LinkReport>{link})));
  EXPECT_EQ(links[0].link, "wlan0");
  EXPECT_EQ(links[0].trouble, "gone");
  EXPECT_EQ(links[0].port, 7077);
  EXPECT_EQ(links[0].bytes_received, 1ull << 40);
  EXPECT_EQ(links[0].receive_errors, 2u);
  HealthReport health;
  health.put = true;
  health.epoch = 3;
  const auto back = std::get<HealthReport>(*decode_report(encode_report(health)));
  EXPECT_TRUE(back.put && !back.got && back.epoch == 3);
}

TEST(ControlCodec, ATraceComesBackAsItWent) {
  TraceReport trace;
  trace.number = 7;
  trace.target = "bob";
  trace.done = true;
  trace.state = "found";
  TraceReport::Step step;
  step.node = "ab";
  step.answered = true;
  step.asked = 3;
  step.next_hop_name = "host-2";
  step.delivery_ratio = 0.5;
  step.records = {{"cd", "host-3", 1, 2, 30}};
  trace.paths = {{"cd", "host-3", "arrived", {step}}};
  trace.holders = {step, step};
  const auto back = std::get<TraceReport>(*decode_report(encode_report(trace)));
  EXPECT_TRUE(back.done && back.number == 7 && back.state == "found");
  ASSERT_EQ(back.paths.size(), 1u);
  EXPECT_EQ(back.paths[0].state, "arrived");
  EXPECT_EQ(back.paths[0].steps[0].next_hop_name, "host-2");
  EXPECT_EQ(back.paths[0].steps[0].asked, 3u);
  ASSERT_EQ(back.holders.size(), 2u);
  EXPECT_EQ(back.holders[1].records[0].age_s, 30u);
  const Asked asked(Question::trace, "bob", 7);
  EXPECT_EQ(decode_question(encode_question(asked)), asked);
}

TEST(ControlCodec, ServicesComeBackAsTheyWent) {
  ServicesReport services;
  services.number = 7;
  services.service = "gateway";
  services.done = true;
  services.state = "found";
  services.listening = true;
  services.silent = 2;
  services.asked = 20;
  services.offers = {{"gateway", "ab", "host-1", "hill", true, true, 256, 1.5, 60, true},
                     {"gateway", "cd", "host-2", "", false, false, 0, 0, 90, false}};
  const auto back = std::get<ServicesReport>(*decode_report(encode_report(services)));
  EXPECT_TRUE(back.number == 7 && back.done && back.listening);
  EXPECT_EQ(back.service, "gateway");
  EXPECT_EQ(back.state, "found");
  EXPECT_TRUE(back.silent == 2 && back.asked == 20);
  ASSERT_EQ(back.offers.size(), 2u);
  const auto& first = back.offers[0];
  EXPECT_EQ(first.service + first.node + first.name + first.note, "gatewayabhost-1hill");
  EXPECT_TRUE(first.here && first.reachable && first.confirmed);
  EXPECT_TRUE(first.metric == 256 && first.rtt_ms == 1.5 && first.age_s == 60);
  EXPECT_FALSE(back.offers[1].here || back.offers[1].reachable || back.offers[1].confirmed);
  const Asked asked(Question::services, "gateway", 7);
  EXPECT_EQ(decode_question(encode_question(asked)), asked);
}

TEST(ControlCodec, RefusesWhatIsNoRequestOrReply) {
  EXPECT_FALSE(decode_question(as_bytes("\xff\xff\xff")));
  EXPECT_FALSE(decode_question(Bytes(control_request_bytes_max + 1)));
  EXPECT_FALSE(decode_report(as_bytes("\xff\xff\xff")));
  EXPECT_FALSE(decode_report({}));
  EXPECT_EQ(decode_report(encode_refusal("no")).error().sentence, "no");
}

TEST(ControlCodec, EveryReportComesBackAsItWent) {
  StatusReport status;
  status.node = "ab";
  status.boot = 7;
  status.directory_digest = "cd";
  status.directory_spread = "closest";
  status.directory_members = "buckets";
  status.directory_nodes = 9876;
  status.directory_copies = 20;
  status.directory_copies_missing = 3;
  status.counters = {{"frames.garbage", 3}};
  const auto back = std::get<StatusReport>(*decode_report(encode_report(status)));
  EXPECT_EQ(back.node, "ab");
  EXPECT_EQ(back.boot, 7u);
  EXPECT_EQ(back.directory_spread, "closest");
  EXPECT_EQ(back.directory_members, "buckets");
  EXPECT_EQ(back.directory_nodes, 9876U);
  EXPECT_EQ(back.directory_copies, 20u);
  EXPECT_EQ(back.directory_copies_missing, 3u);
  EXPECT_EQ(back.counters[0].value, 3u);
  const auto peers = std::get<std::vector<PeerReport>>(*decode_report(encode_report(
      std::vector<PeerReport>{{"ab", "host-1", "wlan0", "[fe80::1]:7077", true, 1, 1}})));
  EXPECT_EQ(peers[0].address, "[fe80::1]:7077");
  const auto messages = std::get<std::vector<MessageReport>>(*decode_report(
      encode_report(std::vector<MessageReport>{{1, "sip:a@x", "sip:b@x", "waiting", 2.5, 3}})));
  EXPECT_EQ(messages[0].state, "waiting");
}

}  // namespace
}  // namespace muster::node
