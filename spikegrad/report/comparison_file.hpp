// SPDX-License-Identifier: Apache-2.0
// compare.json (docs/file-formats.md) as the report reads it.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace spikegrad {

/// An estimator's gradient, or one block of it. NaN: null, or not in the file.
struct ComparedPart {
  static constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  std::string name = {};
  double bias = nan, bias_std_error = nan, bias_low = nan, bias_high = nan, variance = nan,
         effective_samples = nan, cosine = nan;
  std::uint64_t right = 0, wrong = 0, undecided = 0;
};

struct ComparedEstimator : ComparedPart {
  bool unbiased = false, noisy = true;
  std::uint64_t samples = 0;
  std::string doubt = {};
  std::vector<double> mean = {}, std_error = {};
  std::vector<ComparedPart> blocks = {};
  double seconds_per_sample = nan;
};

/// In the order of the file. Throws nlohmann::json::exception, here and below.
std::vector<ComparedEstimator> compared_estimators(const nlohmann::ordered_json& comparison);

/// "experiments/quickstart.toml, time.steps=4": the model and the changes to it; empty if the file does not say.
std::string model_text(const nlohmann::ordered_json& comparison);

/// A list of numbers, null as NaN; empty if there is none of that name.
std::vector<double> json_numbers(const nlohmann::ordered_json& object, const char* key);

}  // namespace spikegrad
