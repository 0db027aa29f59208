// SPDX-License-Identifier: Apache-2.0
#include "sim/error_rate.hpp"

#include <span>

namespace muster::sim {
namespace {

// One entry per quarter of a decibel, from `first` on: 2^20 (-log2(chance of one octet)), rounded.
// tests/sim/error_rate_test.cpp has the formulas and compares.
//
// ofdm   BPSK, convolutional code of rate 1/2 (802.11's lowest rate): union bound over the code's
//        weights, as in ns-3's YANS and NIST error rate models
// fsk    non-coherent binary FSK without code: exp(-Eb/2N0) / 2
// lora   Elshabrawy and Robert, "Closed-Form Approximation of LoRa Modulation BER Performance",
//        2018; a symbol in error is taken as a frame in error (the code 4/5 only detects)
constexpr std::uint32_t ofdm_table[] = {8388608, 6457607, 2089617, 750678, 279375, 106595, 41795,
                                        16876,   6998,    2957,    1259,   535,    224,    92,
                                        37,      14,      5,       2,      1};
constexpr std::uint32_t fsk_table[] = {
    1859160, 1715890, 1576950, 1442770, 1313753, 1190277, 1072684, 961275, 856307,
    757987,  666464,  581832,  504120,  433296,  369262,  311856,  260856, 215980,
    176897,  143228,  114558,  90446,   70432,   54051,   40841,   30356,  22172,
    15897,   11177,   7696,    5184,    3411,    2189,    1369,    832,    492,
    281,     156,     83,      43,      21,      10,      5,       2,      1};
constexpr std::uint32_t lora_sf7_table[] = {
    2418980, 2226040, 2038506, 1856933, 1681878, 1513895, 1353526, 1201289, 1057676, 923131,
    798045,  682738,  577446,  482305,  397336,  322431,  257350,  201707,  154977,  116505,
    85518,   61159,   42515,   28655,   18678,   11741,   7097,    4112,    2277,    1201,
    601,     284,     127,     53,      21,      7,       2,       1};
constexpr std::uint32_t lora_sf8_table[] = {
    2183808, 2001258, 1824312, 1653520, 1489427, 1332573, 1183479, 1042641, 910515, 787509,
    673964,  570142,  476210,  392222,  318110,  253667,  198544,  152250,  114154, 83505,
    59459,   41107,   27521,   17792,   11075,   6617,    3783,    2062,    1068,   523,
    242,     105,     42,      16,      6,       2,       1};
constexpr std::uint32_t lora_sf9_table[] = {
    1960500, 1787562, 1620520, 1459914, 1306281, 1160143, 1021998, 892310, 771496,
    659913,  557838,  465457,  382847,  309962,  246617,  192483,  147085, 109805,
    79902,   56531,   38785,   25732,   16459,   10118,   5958,    3349,   1791,
    907,     434,     195,     82,      32,      12,      4,       1};
constexpr std::uint32_t lora_sf10_table[] = {
    1746559, 1582932, 1425562, 1274982, 1131714, 996259, 869083, 750610, 641204,
    541152,  450651,  369790,  298531,  236700,  183975, 139885, 103812, 75011,
    52631,   35759,   23455,   14805,   8963,    5186,   2858,   1494,   738,
    343,     149,     60,      23,      8,       3,      1};
constexpr std::uint32_t lora_sf11_table[] = {
    1867504, 1701466, 1541037, 1386750, 1239137, 1098720, 965999, 841443, 725478,
    618470,  520711,  432400,  353629,  284361,  224420,  173480, 131061, 96534,
    69140,   48018,   32238,   20857,   12959,   7705,    4368,   2352,   1198,
    574,     258,     108,     42,      15,      5,       2};
constexpr std::uint32_t lora_sf12_table[] = {
    1652579, 1495209, 1343922, 1199248, 1061707, 931798, 809991, 696710, 592321, 497115, 411287,
    334923,  267979,  210266,  161443,  121011,  88321,  62592,  42942,  28428,  18097,  11039,
    6428,    3559,    1866,    922,     428,     185,    75,     28,     10,     3,      1};

struct Table {
  Centidecibel first;
  std::span<const std::uint32_t> entries;
};

constexpr Centidecibel step = 25;
constexpr double one_bit = 1 << 20;

Table table_of(Modulation modulation) {
  switch (modulation) {
    case Modulation::ofdm:
      return {75, ofdm_table};
    case Modulation::fsk:
      return {400, fsk_table};
    case Modulation::lora_sf7:
      return {-1500, lora_sf7_table};
    case Modulation::lora_sf8:
      return {-1750, lora_sf8_table};
    case Modulation::lora_sf9:
      return {-2000, lora_sf9_table};
    case Modulation::lora_sf10:
      return {-2250, lora_sf10_table};
    case Modulation::lora_sf11:
      return {-2550, lora_sf11_table};
    case Modulation::lora_sf12:
      return {-2800, lora_sf12_table};
  }
  return {};
}

}  // namespace

std::uint32_t octet_hardship(Modulation modulation, Centidecibel sinr) {
  const auto table = table_of(modulation);
  if (sinr < table.first) return hopeless;
  const auto place = static_cast<std::size_t>((sinr - table.first) / step);
  if (place >= table.entries.size()) return 0;
  const auto part = static_cast<std::uint32_t>((sinr - table.first) % step);
  const auto here = table.entries[place];
  const auto next = place + 1 < table.entries.size() ? table.entries[place + 1] : 0;
  return here - (here - next) * part / static_cast<std::uint32_t>(step);
}

double chance_of(std::uint64_t hardship) {
  return power_of_half(static_cast<double>(hardship) / one_bit);
}

Centidecibel half_loss_sinr(Modulation modulation, std::uint32_t octets) {
  auto sinr = table_of(modulation).first;
  while (octets * std::uint64_t{octet_hardship(modulation, sinr)} > (1u << 20)) ++sinr;
  return sinr;
}

}  // namespace muster::sim
