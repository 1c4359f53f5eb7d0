// SPDX-License-Identifier: Apache-2.0
// Measurements as JSON text; docs/file-formats.md lists the fields.
#include <nlohmann/json.hpp>

#include "spikegrad/measure/compare.hpp"
#include "spikegrad/measure/gradient_field.hpp"

namespace spikegrad {

using Json = nlohmann::json;

namespace {

/// Indented; numbers that are not finite are null.
std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string to_json(const Comparison& comparison, const Network& network) {
  Json json;
  json["parameters"] = Json::array();
  for (const ParameterBlock& block : network.blocks())
    json["parameters"].push_back({{"name", block.name}, {"shape", block.shape}});
  const GradientTruth& truth = comparison.truth;
  json["truth"] = {
      {"method", truth.method}, {"detail", truth.detail}, {"loss", truth.loss}, {"gradient", truth.gradient}};
  if (!truth.std_error.empty()) json["truth"]["std_error"] = truth.std_error;
  json["estimators"] = Json::object();
  for (const EstimatorQuality& q : comparison.estimators)
    json["estimators"][q.name] = {{"samples", q.samples},
                                  {"mean", q.mean},
                                  {"std_error", q.std_error},
                                  {"bias", q.bias},
                                  {"bias_std_error", q.bias_std_error},
                                  {"bias_corrected", q.bias_corrected},
                                  {"variance", q.variance},
                                  {"cosine", q.cosine},
                                  {"sign_agreement", q.sign_agreement},
                                  {"seconds_per_sample", q.seconds_per_sample}};
  json["refused"] = Json::object();
  for (const auto& [name, why] : comparison.refused) json["refused"][name] = why;
  return text_of(json);
}

std::string to_json(const Scan& scan) {
  Json json{{"kind", "scan"}, {"at", scan.at}, {"loss", scan.loss}, {"minimum_at", scan.minimum_at}};
  json["fields"] = Json::object();
  for (const Scan::Curve& c : scan.curves)
    json["fields"][c.name] = {{"derivative", c.derivative},
                              {"std_error", c.std_error},
                              {"integral", c.integral},
                              {"opposite_sign", c.opposite_sign},
                              {"minimum_at", c.minimum_at}};
  return text_of(json);
}

std::string to_json(const Loop& loop) {
  Json json{{"kind", "loop"}, {"angle", loop.angle}, {"loss", loop.loss}};
  json["fields"] = Json::object();
  for (const Loop::Curve& c : loop.curves)
    json["fields"][c.name] = {{"along", c.along},
                              {"integral", c.integral},
                              {"closed", c.closed},
                              {"error", c.error},
                              {"absolute", c.absolute}};
  return text_of(json);
}

std::string to_json(std::span<const Curl> curls, double step) {
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
  return text_of(json);
}

}  // namespace spikegrad
