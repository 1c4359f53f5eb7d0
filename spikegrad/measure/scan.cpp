// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "spikegrad/core/error.hpp"
#include "spikegrad/measure/gradient_field.hpp"

namespace spikegrad {
namespace {

double argmin(const std::vector<double>& at, const std::vector<double>& value) {
  return at[static_cast<std::size_t>(std::min_element(value.begin(), value.end()) - value.begin())];
}

std::vector<double> trapezoidal_integral(const std::vector<double>& at, const std::vector<double>& value) {
  std::vector<double> sum(at.size(), 0.0);
  for (std::size_t i = 1; i < at.size(); ++i)
    sum[i] = sum[i - 1] + 0.5 * (value[i] + value[i - 1]) * (at[i] - at[i - 1]);
  return sum;
}

/// Maximal runs of points where a and b have opposite signs; each end is put half-way to the next point
/// outside.
std::vector<std::pair<double, double>> opposite_signs(const std::vector<double>& at,
                                                      const std::vector<double>& a,
                                                      const std::vector<double>& b) {
  std::vector<std::pair<double, double>> intervals;
  bool inside = false;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const bool opposite = a[i] * b[i] < 0.0;
    if (opposite && !inside) intervals.emplace_back(i ? 0.5 * (at[i - 1] + at[i]) : at[0], at.back());
    if (!opposite && inside) intervals.back().second = 0.5 * (at[i - 1] + at[i]);
    inside = opposite;
  }
  return intervals;
}

}  // namespace

Scan scan(std::vector<GradientField>& fields, std::span<const double> parameters, std::size_t index,
          double from, double to, std::size_t points, Progress& progress) {
  if (points < 2) throw UserError("a scan takes 2 points or more");
  if (fields.empty()) throw UserError("a scan takes a field or more");
  if (index >= parameters.size())
    throw UserError("a scan of parameter " + std::to_string(index) + ", of " +
                    std::to_string(parameters.size()));
  if (!std::isfinite(from) || !std::isfinite(to)) throw UserError("the ends of a scan must be finite");
  Scan result;
  std::vector<double> w(parameters.begin(), parameters.end());
  for (std::size_t k = 0; k < points; ++k)
    result.at.push_back(from + (to - from) * static_cast<double>(k) / static_cast<double>(points - 1));

  progress.start("scan", points * fields.size());
  for (GradientField& field : fields) {
    Scan::Curve curve;
    curve.name = field.name();
    for (const double value : result.at) {
      w[index] = value;
      const FieldValue here = field.at(w, 0, progress);
      if (result.curves.empty()) result.loss.push_back(here.loss);
      curve.derivative.push_back(here.gradient[index]);
      if (!here.std_error.empty()) curve.std_error.push_back(here.std_error[index]);
      progress.advance();
    }
    curve.integral = trapezoidal_integral(result.at, curve.derivative);
    curve.minimum_at = argmin(result.at, curve.integral);
    if (!result.curves.empty())
      curve.opposite_sign = opposite_signs(result.at, result.curves[0].derivative, curve.derivative);
    result.curves.push_back(std::move(curve));
  }
  result.minimum_at = argmin(result.at, result.loss);
  return result;
}

}  // namespace spikegrad
