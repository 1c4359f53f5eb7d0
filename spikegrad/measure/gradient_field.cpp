// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/gradient_field.hpp"

#include "spikegrad/core/error.hpp"
#include "spikegrad/estimator/enumeration.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t cheap_enumeration = 12;

}  // namespace

GradientField::GradientField(const Problem& problem, std::string estimator,
                             std::optional<Surrogate> surrogate, const FieldSampling& settings)
    : network_(surrogate ? problem.network.with_surrogate(*surrogate) : problem.network),
      input_(problem.input),
      loss_(problem.loss),
      settings_(settings),
      info_(find_estimator(estimator)),
      estimator_(info_.make(settings.estimator)),
      name_(std::move(estimator)) {
  const Problem own{network_, problem.parameters, input_, loss_};
  if (const std::string why = info_.refuse(own, settings.estimator); !why.empty())
    throw UserError("estimator '" + name_ + "' cannot be used on this model: " + why);
  exact_ = info_.deterministic || (info_.signal && free_spike_count(own) <= cheap_enumeration);
}

FieldValue GradientField::at(std::span<const double> parameters) {
  const Problem problem{network_, parameters, input_, loss_};
  if (info_.deterministic) {
    std::vector<double> gradient(parameters.size(), 0.0);
    CounterDraws unused(settings_.seed, 0, 0);
    const double loss = estimator_->sample(problem, unused, gradient);
    return {loss, std::move(gradient), {}};
  }
  if (exact_) {
    Expectation expectation = enumerate(problem, *estimator_);
    return {expectation.loss, std::move(expectation.gradient), {}};
  }
  Progress quiet;
  const SampledGradient sampled = sample_gradient(
      problem, info_, settings_.estimator,
      {.samples = settings_.samples, .seed = settings_.seed, .threads = settings_.threads}, quiet);
  return {sampled.loss.mean()[0], sampled.gradient.mean(), sampled.gradient.std_error()};
}

Curl curl(GradientField& field, std::span<const double> parameters, double h) {
  const std::size_t n = parameters.size();
  Curl result{field.name(), Grid<double>(n, n)};
  std::vector<double> w(parameters.begin(), parameters.end());
  for (std::size_t j = 0; j < n; ++j) {
    const double at = w[j];
    w[j] = at + h;
    const auto above = field.at(w).gradient;
    w[j] = at - h;
    const auto below = field.at(w).gradient;
    w[j] = at;
    for (std::size_t i = 0; i < n; ++i) result.jacobian[i][j] = (above[i] - below[i]) / (2.0 * h);
  }
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      const double a = 0.5 * (result.jacobian[i][j] - result.jacobian[j][i]);
      const double s = 0.5 * (result.jacobian[i][j] + result.jacobian[j][i]);
      result.antisymmetric += a * a;
      result.symmetric += s * s;
      result.largest = std::max(result.largest, std::abs(a));
    }
  result.antisymmetric = std::sqrt(result.antisymmetric);
  result.symmetric = std::sqrt(result.symmetric);
  return result;
}

}  // namespace spikegrad
