// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/read_comparison.hpp"

#include <limits>
#include <nlohmann/json.hpp>

namespace spikegrad {
namespace {

using ComparisonJson = nlohmann::ordered_json;

double number(const ComparisonJson& json) {
  return json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>();
}

std::vector<double> numbers(const ComparisonJson& json) {
  std::vector<double> all;
  for (const ComparisonJson& value : json) all.push_back(number(value));
  return all;
}

void read(const ComparisonJson& json, GradientQuality& q) {
  q.bias = number(json.at("bias"));
  q.bias_std_error = number(json.at("bias_std_error"));
  q.bias_interval = {number(json.at("bias_interval").at(0)), number(json.at("bias_interval").at(1))};
  q.bias_corrected = number(json.at("bias_corrected"));
  q.variance = number(json.at("variance"));
  q.effective_samples = number(json.at("effective_samples"));
  q.chance = number(json.at("chance"));
  q.unseen = json.at("unseen").get<std::size_t>();
  q.cosine = number(json.at("cosine"));
  const ComparisonJson& signs = json.at("signs");
  q.signs = {signs.at("right").get<std::size_t>(), signs.at("wrong").get<std::size_t>(),
             signs.at("undecided").get<std::size_t>()};
  q.sign_agreement = number(json.at("sign_agreement"));
}

}  // namespace

Comparison comparison_from_json(const std::string& text) {
  const ComparisonJson json = ComparisonJson::parse(text);
  const ComparisonJson& truth = json.at("truth");
  Comparison comparison;
  comparison.truth = {truth.at("method").get<std::string>(), truth.at("detail").get<std::string>(),
                      numbers(truth.at("gradient")),
                      truth.contains("std_error") ? numbers(truth.at("std_error")) : std::vector<double>(),
                      number(truth.at("loss"))};
  if (truth.contains("samples")) comparison.truth.samples = truth.at("samples").get<std::size_t>();
  if (truth.contains("effective_samples"))
    comparison.truth.effective_samples = numbers(truth.at("effective_samples"));
  for (const auto& [name, entry] : json.at("estimators").items()) {
    EstimatorQuality& q = comparison.estimators.emplace_back();
    q.name = name;
    q.unbiased = entry.at("unbiased").get<bool>();
    q.noisy = entry.at("noisy").get<bool>();
    q.samples = entry.at("samples").get<std::size_t>();
    read(entry, q);
    q.seconds_per_sample = number(entry.at("seconds_per_sample"));
    q.mean = numbers(entry.at("mean"));
    q.std_error = numbers(entry.at("std_error"));
    for (const auto& [block, part] : entry.at("blocks").items()) read(part, q.blocks.emplace_back());
  }
  for (const auto& [name, why] : json.at("refused").items())
    comparison.refused.emplace_back(name, why.get<std::string>());
  return comparison;
}

}  // namespace spikegrad
