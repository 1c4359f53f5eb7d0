// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "spikegrad/core/provenance_json.hpp"
#include "spikegrad/data/summary.hpp"

namespace spikegrad {

using Json = nlohmann::ordered_json;

std::string to_json(const DataSummary& s, const std::optional<Provenance>& made) {
  Json classes = Json::array(), speakers = nullptr;
  for (const auto& [name, samples] : s.classes) classes.push_back({{"name", name}, {"samples", samples}});
  if (!s.speakers.empty()) {
    speakers = Json::array();
    for (const auto& [speaker, samples] : s.speakers)
      speakers.push_back({{"speaker", speaker}, {"samples", samples}});
  }
  Json json{{"file", s.source},
            {"official_set", s.official.empty() ? Json(nullptr) : Json(s.official)},
            {"samples", s.samples},
            {"channels", s.channels},
            {"classes", classes},
            {"speakers", speakers},
            {"spikes", s.spikes},
            {"spikes_per_sample", {{"mean", s.mean}, {"fewest", s.fewest}, {"most", s.most}}},
            {"silent_samples", s.silent_samples},
            {"silent_channels", s.silent_channels},
            {"duration", s.duration},
            {"rate", s.rate}};
  if (made) json["provenance"] = provenance_json<Json>(*made);
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace spikegrad
