// SPDX-License-Identifier: Apache-2.0
#include <map>

#include <ns3/core-module.h>
#include <ns3/mobility-module.h>
#include <ns3/network-module.h>
#include <ns3/wifi-module.h>

#include "tests/crosscheck/two_media.hpp"

namespace muster::crosscheck {
namespace {

constexpr std::uint16_t ether_type_ipv6 = 0x86dd;

ns3::NodeContainer placed(const std::vector<Place>& places) {
  ns3::NodeContainer nodes;
  nodes.Create(static_cast<std::uint32_t>(places.size()));
  auto allocator = ns3::CreateObject<ns3::ListPositionAllocator>();
  for (const auto& place : places) allocator->Add(ns3::Vector(place.x_m, place.y_m, 0));
  ns3::MobilityHelper mobility;
  mobility.SetPositionAllocator(allocator);
  mobility.SetMobilityModel("ns3::ConstantPositionMobilityModel");
  mobility.Install(nodes);
  return nodes;
}

/// The same link budget as the profile's; access to the channel is ns-3's own 802.11a.
ns3::NetDeviceContainer radios(const ns3::NodeContainer& nodes, const Radio& radio) {
  ns3::YansWifiChannelHelper channel;
  channel.SetPropagationDelay("ns3::ConstantSpeedPropagationDelayModel");
  channel.AddPropagationLoss("ns3::LogDistancePropagationLossModel", "Exponent",
                             ns3::DoubleValue(radio.path_loss_exponent), "ReferenceLoss",
                             ns3::DoubleValue(radio.first_metre_db));
  ns3::YansWifiPhyHelper phy;
  phy.SetChannel(channel.Create());
  phy.SetErrorRateModel("ns3::NistErrorRateModel");
  phy.Set("TxPowerStart", ns3::DoubleValue(radio.transmit_dbm));
  phy.Set("TxPowerEnd", ns3::DoubleValue(radio.transmit_dbm));
  phy.Set("RxNoiseFigure", ns3::DoubleValue(radio.noise_figure_db));
  phy.Set("ChannelSettings", ns3::StringValue("{36, 20, BAND_5GHZ, 0}"));
  // Found at the ratio at which Muster finds it; ns-3's default of 4 dB would end its range there.
  phy.SetPreambleDetectionModel("ns3::ThresholdPreambleDetectionModel", "Threshold",
                                ns3::DoubleValue(0), "MinimumRssi", ns3::DoubleValue(-110));
  phy.SetFrameCaptureModel("ns3::SimpleFrameCaptureModel", "Margin",
                           ns3::DoubleValue(radio.capture_db));
  ns3::WifiMacHelper mac;
  mac.SetType("ns3::AdhocWifiMac");
  ns3::WifiHelper wifi;
  wifi.SetStandard(ns3::WIFI_STANDARD_80211a);
  wifi.SetRemoteStationManager("ns3::ConstantRateWifiManager", "DataMode",
                               ns3::StringValue("OfdmRate6Mbps"), "NonUnicastMode",
                               ns3::StringValue("OfdmRate6Mbps"));
  return wifi.Install(phy, mac, nodes);
}

}  // namespace

Outcome by_ns3(const Traffic& traffic, const Radio& radio, unsigned seed) {
  ns3::RngSeedManager::SetSeed(seed + 1);
  ns3::Config::SetDefault(
      "ns3::WifiMacQueue::MaxSize",
      ns3::QueueSizeValue(ns3::QueueSize(ns3::QueueSizeUnit::BYTES, radio.queue_octets)));
  ns3::Config::SetDefault("ns3::WifiMacQueue::MaxDelay", ns3::TimeValue(ns3::Seconds(3600)));
  const auto nodes = placed(traffic.places);
  const auto devices = radios(nodes, radio);
  const auto hosts = traffic.places.size();
  Outcome outcome;
  outcome.received.assign(hosts, std::vector<std::size_t>(hosts));
  std::map<ns3::Address, std::size_t> host_of;
  std::map<std::uint64_t, std::chrono::nanoseconds> sent_at;  // by ns-3's number of the packet
  ns3::Time delays;
  for (std::size_t host = 0; host < hosts; ++host) {
    const auto device = devices.Get(static_cast<std::uint32_t>(host));
    host_of[device->GetAddress()] = host;
    device->SetReceiveCallback([&, host](ns3::Ptr<ns3::NetDevice>,
                                         ns3::Ptr<const ns3::Packet> packet, std::uint16_t,
                                         const ns3::Address& from) {
      ++outcome.received[host_of.at(from)][host];
      delays += ns3::Simulator::Now() - ns3::NanoSeconds(sent_at.at(packet->GetUid()).count());
      return true;
    });
  }
  const auto octets = static_cast<std::uint32_t>(traffic.octets + radio.network_header_octets);
  for (const auto& send : traffic.sends) {
    ns3::Simulator::Schedule(ns3::NanoSeconds(send.at.count()), [&, send] {
      const auto packet = ns3::Create<ns3::Packet>(octets);
      sent_at[packet->GetUid()] = send.at;
      const auto device = devices.Get(static_cast<std::uint32_t>(send.from));
      device->Send(packet, device->GetBroadcast(), ether_type_ipv6);
    });
  }
  ns3::Simulator::Stop(ns3::NanoSeconds(traffic.sends.back().at.count()) + ns3::Seconds(60));
  ns3::Simulator::Run();
  ns3::Simulator::Destroy();
  outcome.delay_ms = delays.GetSeconds() * 1e3 / static_cast<double>(outcome.total());
  return outcome;
}

}  // namespace muster::crosscheck
