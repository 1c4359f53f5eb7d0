// SPDX-License-Identifier: Apache-2.0
// The gradients of all estimators on one model, as a section of the report.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "spikegrad/figure/finding.hpp"

namespace spikegrad {

/// The section of one compare.json: {parameters, truth: {method, detail?, gradient, std_error?}, estimators:
/// {NAME: {samples, mean, std_error, bias, bias_std_error, variance, cosine, sign_agreement,
/// seconds_per_sample}}, refused?: {NAME: why}}. Figures: each measure with one row an estimator; the error
/// reached in a given time; the mean gradients against the truth.
///
/// bias = |mean - truth| contains the noise of both: bias² is on average the true bias² + bias_std_error².
/// The frontier takes sqrt(bias² - bias_std_error²), and 0 if bias is below twice its noise.
///
/// Throws nlohmann::json::exception if the file is not as described.
FindingResult comparison_section(const nlohmann::ordered_json& comparison);

}  // namespace spikegrad
