// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/report/comparison_file.hpp"

#include <nlohmann/json.hpp>

#include "spikegrad/report/comparison.hpp"

namespace spikegrad {
namespace {

using nlohmann::ordered_json;

/// A number that may be null (not defined for this estimator) or absent.
double number(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? ComparedPart::nan : found->get<double>();
}

void read_part(const ordered_json& entry, ComparedPart& part) {
  part.bias = entry.at("bias").get<double>();
  part.bias_std_error = number(entry, "bias_std_error");
  if (const auto interval = json_numbers(entry, "bias_interval"); interval.size() == 2)
    part.bias_low = interval[0], part.bias_high = interval[1];
  part.variance = number(entry, "variance");
  part.effective_samples = number(entry, "effective_samples");
  part.cosine = number(entry, "cosine");
  if (entry.contains("signs")) {
    const ordered_json& signs = entry.at("signs");
    part.right = signs.at("right").get<std::uint64_t>();
    part.wrong = signs.at("wrong").get<std::uint64_t>();
    part.undecided = signs.at("undecided").get<std::uint64_t>();
  }
}

}  // namespace

std::vector<double> json_numbers(const ordered_json& object, const char* key) {
  std::vector<double> list;
  if (object.contains(key))
    for (const auto& x : object.at(key)) list.push_back(x.is_null() ? ComparedPart::nan : x.get<double>());
  return list;
}

std::vector<ComparedEstimator> compared_estimators(const ordered_json& comparison) {
  std::vector<ComparedEstimator> all;
  for (const auto& [name, entry] : comparison.at("estimators").items()) {
    ComparedEstimator& e = all.emplace_back();
    read_part(entry, e);
    e.name = name;
    e.unbiased = entry.value("unbiased", false);
    e.noisy = entry.value("noisy", true);
    e.samples = entry.at("samples").get<std::uint64_t>();
    e.doubt = entry.value("doubt", "");
    e.mean = json_numbers(entry, "mean");
    e.std_error = json_numbers(entry, "std_error");
    e.seconds_per_sample = number(entry, "seconds_per_sample");
    if (entry.contains("blocks"))
      for (const auto& [block, part] : entry.at("blocks").items()) {
        read_part(part, e.blocks.emplace_back());
        e.blocks.back().name = block;
      }
  }
  return all;
}

std::string model_text(const ordered_json& comparison) {
  if (!comparison.contains("provenance")) return {};
  const ordered_json& made = comparison.at("provenance");
  std::string text = made.value("model", "");
  if (made.contains("set"))
    for (const auto& change : made.at("set")) text += ", " + change.get<std::string>();
  return text;
}

RunInfo comparison_info(const ordered_json& comparison, const std::string& source) {
  const std::string model = model_text(comparison);
  RunInfo info{.title = "Estimators compared: " + (model.empty() ? source : model)};
  if (!comparison.contains("provenance")) return info;
  const ordered_json& made = comparison.at("provenance");
  info.version = made.value("version", "");
  if (const std::string commit = made.value("commit", ""); !commit.empty())
    info.version += ", commit " + commit;
  info.seed = made.value("seed", std::uint64_t{0});
  info.date = made.value("date", "");
  info.command = made.value("command", "");
  return info;
}

}  // namespace spikegrad
