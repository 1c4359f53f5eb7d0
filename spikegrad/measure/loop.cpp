// SPDX-License-Identifier: Apache-2.0
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <numbers>

#include "spikegrad/core/error.hpp"
#include "spikegrad/measure/gradient_field.hpp"

namespace spikegrad {
namespace {

constexpr double full_turn = 2.0 * std::numbers::pi;

/// Pieces of the path, each integrated adaptively. A sigmoid of slope β on a path of radius 1 turns within an
/// angle of about 4/β; 15 nodes on a piece of 8e-4 rad show every such turn for β up to 1e4.
constexpr std::size_t fewest_pieces = 8192;
std::size_t pieces_between(std::size_t points) {
  return (fewest_pieces + points - 1) / points;
}
constexpr unsigned deepest_split = 10;
constexpr double tolerance = 1e-9;  ///< of a split piece, relative

/// Replaces the curve's integrals by adaptive ones, accumulated between the angles k · 2π/points.
void integrate(GradientField& field, const LoopPath& path, Loop::Curve& curve, Progress& progress) {
  using Rule = boost::math::quadrature::gauss_kronrod<double, 15>;
  const auto along = [&](double angle) {
    return dot(field.at(path.at(angle), 0, progress).gradient, path.tangent(angle));
  };
  const std::size_t points = curve.integral.size(), pieces_each = pieces_between(points);
  const double width = full_turn / static_cast<double>(points * pieces_each);
  curve.closed = curve.error = curve.absolute = 0.0;
  for (std::size_t k = 0; k < points; ++k) {
    curve.integral[k] = curve.closed;
    for (std::size_t piece = k * pieces_each; piece < (k + 1) * pieces_each; ++piece) {
      double error = 0.0, absolute = 0.0;
      curve.closed +=
          Rule::integrate(along, width * static_cast<double>(piece), width * static_cast<double>(piece + 1),
                          deepest_split, tolerance, &error, &absolute);
      curve.error += error;
      curve.absolute += absolute;
    }
    progress.advance(pieces_each);
  }
}

}  // namespace

std::vector<double> LoopPath::at(double angle) const {
  std::vector<double> w(sine.size());
  for (std::size_t i = 0; i < w.size(); ++i)
    w[i] = radius * (sine[i] * std::sin(angle) + cosine[i] * std::cos(angle));
  return w;
}

std::vector<double> LoopPath::tangent(double angle) const {
  std::vector<double> w(sine.size());
  for (std::size_t i = 0; i < w.size(); ++i)
    w[i] = radius * (sine[i] * std::cos(angle) - cosine[i] * std::sin(angle));
  return w;
}

Loop loop(std::vector<GradientField>& fields, const LoopPath& path, std::size_t points, Progress& progress) {
  if (fields.empty()) throw UserError("a loop takes a field or more");
  if (!contains(Range::positive, path.radius))
    throw UserError("the loop's radius must be " + std::string(describe(Range::positive)));
  const std::size_t n = fields[0].size();
  if (path.sine.size() != n || path.cosine.size() != n)
    throw UserError("the loop's directions have " + std::to_string(path.sine.size()) + " and " +
                    std::to_string(path.cosine.size()) + " numbers, but the model has " + std::to_string(n) +
                    " parameters");
  if (points < 3) throw UserError("a loop takes 3 points or more");

  Loop result;
  for (std::size_t k = 0; k < points; ++k)
    result.angle.push_back(full_turn * static_cast<double>(k) / static_cast<double>(points));
  for (GradientField& field : fields) {
    Loop::Curve curve;
    curve.name = field.name();
    progress.start("loop " + field.name(), points * (field.exact() ? 1 + pieces_between(points) : 1));
    double sampling_error = 0.0, running = 0.0;
    const double width = full_turn / static_cast<double>(points);
    for (const double angle : result.angle) {
      const FieldValue here = field.at(path.at(angle), 0, progress);
      const auto tangent = path.tangent(angle);
      if (result.curves.empty()) result.loss.push_back(here.loss);
      const double value = dot(here.gradient, tangent);
      if (!curve.along.empty()) running += 0.5 * width * (curve.along.back() + value);
      curve.along.push_back(value);
      curve.integral.push_back(running);
      curve.absolute += width * std::abs(value);
      // Common random numbers tie the points' errors together: the bound adds standard errors, not variances.
      double step_error = 0.0;
      for (std::size_t i = 0; i < here.std_error.size(); ++i)
        step_error += std::abs(here.std_error[i] * tangent[i]);
      sampling_error += width * step_error;
      progress.advance();
    }
    curve.closed = running + 0.5 * width * (curve.along.back() + curve.along.front());
    curve.error = sampling_error;
    if (field.exact()) integrate(field, path, curve, progress);
    result.curves.push_back(std::move(curve));
  }
  return result;
}

}  // namespace spikegrad
