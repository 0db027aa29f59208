// SPDX-License-Identifier: Apache-2.0
// meshnet-lab's JSON: links with a transmit quality (0 to 1) each way, as mesh networks report
// them.
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/trace_reader.hpp"

namespace muster::sim {
namespace {

using nlohmann::json;

class MeshnetLabReader {
 public:
  explicit MeshnetLabReader(std::string_view file) : file_(file) {}

  Result<LinkTrace> read(const json& root) {
    if (!root.contains("links") || !root["links"].is_array())
      return fail(
          fmt::format("{}: links: there is no such list; is this meshnet-lab's JSON?", file_));
    if (root.contains("nodes") && root["nodes"].is_array()) {
      for (const auto& node : root["nodes"]) {
        if (node.is_object() && node.contains("id")) number(node["id"].dump());
      }
    }
    std::size_t place = 0;
    for (const auto& link : root["links"]) {
      if (auto fault = read_link(link, place++)) return tl::make_unexpected(*fault);
    }
    LinkTrace trace;
    trace.hosts = static_cast<HostIndex>(numbers_.size());
    for (const auto& [ends, quality] : quality_) {
      if (quality <= 0) continue;  // nothing comes through
      LinkSpec link;
      link.a = ends.first;
      link.b = ends.second;
      link.one_way = true;
      link.loss = LossModel{1 - quality, 0};
      trace.links.push_back(link);
    }
    return trace;
  }

 private:
  std::optional<Failure> read_link(const json& link, std::size_t place) {
    const auto fault = [&](std::string_view what) {
      return Failure{fmt::format("{}: links[{}]: {}; take a whole copy", file_, place, what)};
    };
    if (!link.is_object() || !link.contains("source") || !link.contains("target"))
      return fault("a link has source and target");
    const auto source = number(link["source"].dump());
    const auto target = number(link["target"].dump());
    if (source == target) return fault("it leads from a host to itself");
    for (const auto* key : {"source_tq", "target_tq"}) {
      const auto quality = link.contains(key) ? link[key] : json(1.0);
      if (!quality.is_number() || quality < 0.0 || quality > 1.0)
        return fault(fmt::format("{} is not within 0 to 1", key));
      const bool forth = key == std::string_view("source_tq");
      quality_[forth ? std::pair(source, target) : std::pair(target, source)] =
          quality.get<double>();
    }
    return std::nullopt;
  }

  /// Hosts are numbered as they come: first those of the list of nodes.
  HostIndex number(const std::string& id) {
    return numbers_.try_emplace(id, static_cast<HostIndex>(numbers_.size())).first->second;
  }

  std::string file_;
  std::map<std::string, HostIndex> numbers_;
  std::map<std::pair<HostIndex, HostIndex>, double> quality_;  ///< the last that is said
};

}  // namespace

Result<LinkTrace> read_meshnet_lab(std::string_view text, std::string_view file) {
  try {
    return MeshnetLabReader(file).read(json::parse(text));
  } catch (const json::parse_error& error) {
    const auto before = text.substr(0, std::min(error.byte, text.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    return fail(fmt::format("{}:{}: this is not whole JSON; take a whole copy", file, line));
  } catch (const json::out_of_range&) {  // of a number
    return fail(fmt::format("{}: it has a number that nothing can hold; correct it", file));
  }
}

}  // namespace muster::sim
