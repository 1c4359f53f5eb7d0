// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/smoothed_truth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/parallel.hpp"
#include "spikegrad/core/random.hpp"
#include "spikegrad/estimator/problem_sampler.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t most_pair_runs = 16;          // so that nothing depends on the number of threads
constexpr std::uint32_t first_stream = 0x7E000000;  // of the perturbations, apart from those of estimators

/// A trial and its loss, without a gradient.
class BareTrial final : public Estimator {
 public:
  explicit BareTrial(Engine& engine) : forward_(engine.prepare({})) {}
  void gradient(const Batch& batch, const BatchResults& results) override {
    forward_->run(batch, {.outcomes = results.outcomes});
  }
  std::size_t bytes(std::size_t samples) const override { return forward_->bytes(samples); }

 private:
  std::unique_ptr<Pass> forward_;
};

struct PairMoments {
  VectorMoments gradient, loss{1};
};

PairMoments sample_pairs(const Problem& problem, double sigma, const SamplingSettings& settings,
                         std::size_t run, std::size_t first, std::size_t last, Progress& progress) {
  const std::size_t size = problem.parameters.size();
  PairMoments moments{VectorMoments(size)};
  ProblemSampler trial(problem, [](Engine& engine) { return std::make_unique<BareTrial>(engine); });
  SequentialRng normal(settings.seed, first_stream + static_cast<std::uint32_t>(run));
  std::vector<double> noise(size), moved(size);
  const auto loss_at = [&](double step, std::size_t k) {
    for (std::size_t i = 0; i < size; ++i) moved[i] = problem.parameters[i] + step * noise[i];
    CounterDraws draws(settings.seed, settings.sample, static_cast<std::uint32_t>(k));
    return trial.sample_at(moved, draws, {});
  };
  for (std::size_t k = first; k < last; ++k) {
    for (double& e : noise) e = normal.normal();
    const double above = loss_at(sigma, k), below = loss_at(-sigma, k), mean = 0.5 * (above + below);
    for (double& e : noise) e *= (above - below) / (2.0 * sigma);
    moments.gradient.add(noise);
    moments.loss.add({&mean, 1});
    progress.advance();
  }
  return moments;
}

}  // namespace

GradientTruth smoothed_gradient(const Problem& problem, double sigma, const SamplingSettings& settings,
                                Progress& progress) {
  check(problem);
  if (!(sigma > 0.0) || !std::isfinite(sigma))
    throw UserError(fmt::format("sigma of the smoothed loss must be a number above 0, not {}", sigma));
  if (settings.samples < 2) throw UserError("the smoothed loss takes 2 pairs of trials or more");
  const std::size_t runs = std::min(settings.samples, most_pair_runs);
  std::vector<PairMoments> parts(runs);
  progress.start("smoothed loss", settings.samples);
  parallel_for(runs, settings.threads, [&](std::size_t r) {
    parts[r] = sample_pairs(problem, sigma, settings, r, settings.samples * r / runs,
                            settings.samples * (r + 1) / runs, progress);
  });
  PairMoments total{VectorMoments(problem.parameters.size())};
  for (const PairMoments& part : parts) {
    total.gradient.merge(part.gradient);
    total.loss.merge(part.loss);
  }
  return {"smoothed",
          fmt::format("over weights at sigma = {:g}, {} antithetic pairs", sigma, settings.samples),
          total.gradient.mean(),
          total.gradient.std_error(),
          total.loss.mean()[0],
          settings.samples,
          total.gradient.effective_samples()};
}

}  // namespace spikegrad
