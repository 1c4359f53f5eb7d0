// SPDX-License-Identifier: Apache-2.0
// Measurements as JSON text; docs/file-formats.md lists the fields.
#include <nlohmann/json.hpp>

#include "spikegrad/core/provenance_json.hpp"
#include "spikegrad/measure/compare.hpp"
#include "spikegrad/measure/gradient_field.hpp"

namespace spikegrad {

using Json = nlohmann::json;
using Ordered = nlohmann::ordered_json;

namespace {

/// Indented; numbers that are not finite are null.
template <class AnyJson>
std::string text_of(const AnyJson& json) {
  return json.dump(2, ' ', false, AnyJson::error_handler_t::replace);
}

void add(const std::optional<Provenance>& made, Json& json) {
  if (made) json["provenance"] = provenance_json<Json>(*made);
}

Ordered quality_json(const GradientQuality& q, std::size_t samples) {
  Ordered json{{"bias", q.bias},
               {"bias_std_error", q.bias_std_error},
               {"bias_interval", q.bias_interval},
               {"bias_corrected", q.bias_corrected},
               {"variance", q.variance},
               {"effective_samples", q.effective_samples},
               {"chance", q.chance},
               {"unseen", q.unseen}};
  if (const std::string why = doubt(q, samples); !why.empty()) json["doubt"] = why;
  json["cosine"] = q.cosine;
  json["signs"] = {{"right", q.signs.right}, {"wrong", q.signs.wrong}, {"undecided", q.signs.undecided}};
  json["sign_agreement"] = q.sign_agreement;
  return json;
}

}  // namespace

std::string to_json(const Comparison& comparison, const Network& network,
                    const std::optional<Provenance>& made) {
  Ordered json;
  if (made) json["provenance"] = provenance_json<Ordered>(*made);
  json["parameters"] = Ordered::array();
  for (const ParameterBlock& block : network.blocks())
    json["parameters"].push_back({{"name", block.name}, {"shape", block.shape}});
  const GradientTruth& truth = comparison.truth;
  json["truth"] = {
      {"method", truth.method}, {"detail", truth.detail}, {"loss", truth.loss}, {"gradient", truth.gradient}};
  if (!truth.std_error.empty()) {
    json["truth"]["samples"] = truth.samples;
    json["truth"]["std_error"] = truth.std_error;
    json["truth"]["effective_samples"] = truth.effective_samples;
  }
  json["estimators"] = Ordered::object();
  for (const EstimatorQuality& q : comparison.estimators) {
    Ordered entry{{"unbiased", q.unbiased}, {"noisy", q.noisy}, {"samples", q.samples}};
    entry.update(quality_json(q, q.samples));
    entry["seconds_per_sample"] = q.seconds_per_sample;
    entry["mean"] = q.mean;
    entry["std_error"] = q.std_error;
    entry["blocks"] = Ordered::object();
    for (std::size_t b = 0; b < q.blocks.size(); ++b)
      entry["blocks"][network.blocks()[b].name] = quality_json(q.blocks[b], q.samples);
    json["estimators"][q.name] = std::move(entry);
  }
  json["refused"] = Ordered::object();
  for (const auto& [name, why] : comparison.refused) json["refused"][name] = why;
  return text_of(json);
}

std::string to_json(const Scan& scan, const std::optional<Provenance>& made) {
  Json json{{"kind", "scan"}, {"at", scan.at}, {"loss", scan.loss}, {"minimum_at", scan.minimum_at}};
  json["fields"] = Json::object();
  for (const Scan::Curve& c : scan.curves)
    json["fields"][c.name] = {{"derivative", c.derivative},
                              {"std_error", c.std_error},
                              {"integral", c.integral},
                              {"opposite_sign", c.opposite_sign},
                              {"minimum_at", c.minimum_at}};
  add(made, json);
  return text_of(json);
}

std::string to_json(const Loop& loop, const std::optional<Provenance>& made) {
  Json json{{"kind", "loop"}, {"angle", loop.angle}, {"loss", loop.loss}};
  json["fields"] = Json::object();
  for (const Loop::Curve& c : loop.curves)
    json["fields"][c.name] = {{"along", c.along},
                              {"integral", c.integral},
                              {"closed", c.closed},
                              {"error", c.error},
                              {"absolute", c.absolute}};
  add(made, json);
  return text_of(json);
}

std::string to_json(std::span<const Curl> curls, double step, const std::optional<Provenance>& made) {
  Json json{{"kind", "curl"}, {"step", step}, {"fields", Json::array()}};
  for (const Curl& curl : curls) {
    Json rows = Json::array();
    for (std::size_t i = 0; i < curl.jacobian.rows(); ++i)
      rows.push_back(std::vector<double>(curl.jacobian[i].begin(), curl.jacobian[i].end()));
    json["fields"].push_back({{"name", curl.name},
                              {"antisymmetric", curl.antisymmetric},
                              {"antisymmetric_std_error", curl.antisymmetric_std_error},
                              {"symmetric", curl.symmetric},
                              {"largest", curl.largest},
                              {"jacobian", rows}});
  }
  add(made, json);
  return text_of(json);
}

}  // namespace spikegrad
