// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/gradient_field.hpp"

#include <algorithm>

#include "spikegrad/core/check_fields.hpp"
#include "spikegrad/core/describe.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/estimator/enumeration.hpp"
#include "spikegrad/estimator/problem_sampler.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t cheap_enumeration = 12;

void check_size(const GradientField& field, std::span<const double> parameters) {
  if (parameters.size() != field.size())
    throw UserError("the field '" + field.name() + "' is of " + std::to_string(field.size()) +
                    " parameters, and is asked at " + std::to_string(parameters.size()));
}

}  // namespace

GradientField::GradientField(const Problem& problem, const EstimatorInfo& estimator,
                             std::optional<Surrogate> surrogate, const FieldSampling& settings)
    : network_(std::make_unique<const Network>(surrogate ? problem.network.with_surrogate(*surrogate)
                                                         : problem.network)),
      input_(problem.input),
      loss_(problem.loss),
      regularisers_(problem.regularisers),
      settings_(settings),
      info_(estimator),
      name_(estimator.name) {
  check(problem);
  check(estimator);
  check_fields(settings.estimator, "estimator: ");
  const Problem own{*network_, problem.parameters, input_, loss_, regularisers_};
  if (const std::string why = info_.refuse(own.objective(), settings.estimator); !why.empty())
    throw UserError("estimator '" + name_ + "' cannot be used on this model: " + why);
  if (surrogate) name_ += " " + std::visit([](const auto& g) { return describe_settings(g); }, *surrogate);
  exact_ = info_.deterministic || (info_.signal && free_spike_count(own) <= cheap_enumeration);
}

GradientField::GradientField(GradientField&&) noexcept = default;
GradientField::~GradientField() = default;

FieldValue GradientField::at(std::span<const double> parameters, std::uint32_t repetition,
                             Progress& progress) {
  check_size(*this, parameters);
  const Problem problem{*network_, parameters, input_, loss_, regularisers_};
  if (info_.deterministic) {
    std::vector<double> gradient(parameters.size(), 0.0);
    CounterDraws unused(settings_.seed, 0, 0);
    if (!sampler_) sampler_ = std::make_unique<ProblemSampler>(problem, info_, settings_.estimator);
    const double loss = sampler_->sample_at(parameters, unused, gradient);
    return {loss, std::move(gradient), {}};
  }
  if (exact_) {
    Expectation expectation = enumerate(problem, info_, settings_.estimator);
    return {expectation.loss, std::move(expectation.gradient), {}};
  }
  InterruptOnly quiet(progress);
  const SampledGradient sampled = sample_gradient(problem, info_, settings_.estimator,
                                                  {.samples = settings_.samples,
                                                   .seed = settings_.seed,
                                                   .sample = repetition,
                                                   .threads = settings_.threads},
                                                  quiet);
  return {sampled.loss.mean()[0], sampled.gradient.mean(), sampled.gradient.std_error()};
}

GradientField true_field(const Problem& problem, const FieldSampling& sampling) {
  check(problem);
  const bool cheap = free_spike_count(problem) <= cheap_enumeration;
  GradientField field(problem, cheap ? "exact" : unbiased_estimator, std::nullopt, sampling);
  field.rename("truth");
  return field;
}

Curl curl(GradientField& field, std::span<const double> parameters, double h, Progress& progress) {
  check_size(field, parameters);
  if (!contains(Range::positive, h))
    throw UserError("a curl takes a step h that is " + std::string(describe(Range::positive)));
  const std::size_t n = parameters.size();
  const std::uint32_t repetitions = field.exact() ? 1 : 8;
  progress.start("curl " + field.name(), repetitions * n);
  VectorMoments jacobian(n * n), antisymmetric(n * n);
  std::vector<double> w(parameters.begin(), parameters.end()), j_flat(n * n), a_flat(n * n);
  for (std::uint32_t r = 0; r < repetitions; ++r) {
    for (std::size_t j = 0; j < n; ++j) {
      const double at = w[j];
      w[j] = at + h;
      const auto above = field.at(w, r, progress).gradient;
      w[j] = at - h;
      const auto below = field.at(w, r, progress).gradient;
      w[j] = at;
      for (std::size_t i = 0; i < n; ++i) j_flat[i * n + j] = (above[i] - below[i]) / (2.0 * h);
      progress.advance();
    }
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) a_flat[i * n + j] = 0.5 * (j_flat[i * n + j] - j_flat[j * n + i]);
    jacobian.add(j_flat);
    antisymmetric.add(a_flat);
  }
  Curl result;
  result.name = field.name();
  result.jacobian = Grid<double>(n, n);
  std::copy(jacobian.mean().begin(), jacobian.mean().end(), result.jacobian.flat().begin());
  result.antisymmetric = norm(antisymmetric.mean());
  result.antisymmetric_std_error = norm(antisymmetric.std_error());
  for (const double a : antisymmetric.mean()) result.largest = std::max(result.largest, std::abs(a));
  const double all = norm(jacobian.mean());  // |J|² = |symmetric|² + |antisymmetric|²
  result.symmetric = std::sqrt(std::max(0.0, all * all - result.antisymmetric * result.antisymmetric));
  return result;
}

}  // namespace spikegrad
