// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <nlohmann/json.hpp>

#include "spikegrad/core/provenance_json.hpp"
#include "spikegrad/train/answers.hpp"

namespace spikegrad {
namespace {

nlohmann::json known(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
}

}  // namespace

std::string to_json(const Evaluation& e, const Task& task, const std::string& run,
                    const std::optional<Provenance>& made) {
  nlohmann::json json{{"data", task.source()},
                      {"samples", e.samples},
                      {"trials", e.trials},
                      {"loss", known(e.loss)},
                      {"loss_std_error", known(e.loss_std_error)}};
  if (e.labelled) {
    json["accuracy"] = e.accuracy;
    json["accuracy_interval"] = {e.accuracy_interval.first, e.accuracy_interval.second};
    json["balanced_accuracy"] = e.balanced_accuracy;
    json["vote_accuracy"] = e.vote_accuracy;
    add_answers(json, e.speakers, e.confusion, task);
  }
  for (const PopulationActivity& p : e.populations)
    json["populations"].push_back({{"name", p.name},
                                   {"rate", known(p.statistics.rate)},
                                   {"fano_factor", known(p.statistics.fano)},
                                   {"interval_cv", known(p.statistics.cv)}});
  if (!run.empty()) json["run"] = run;
  if (made) json["provenance"] = provenance_json<nlohmann::json>(*made);
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace spikegrad
