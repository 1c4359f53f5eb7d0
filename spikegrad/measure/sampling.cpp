// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/sampling.hpp"

#include <algorithm>
#include <chrono>

#include "spikegrad/core/parallel.hpp"

namespace spikegrad {

SampledGradient sample_gradient(const Problem& problem, const EstimatorInfo& estimator,
                                const EstimatorSettings& estimator_settings, const SamplingSettings& settings,
                                Progress& progress) {
  constexpr std::size_t most_runs = 16;
  const bool one_is_enough = estimator.deterministic || free_spike_count(problem) == 0;
  const std::size_t samples = one_is_enough ? 1 : std::max<std::size_t>(1, settings.samples);
  const std::size_t runs = std::min(samples, most_runs);
  const std::size_t size = problem.network.parameter_count();

  struct Run {
    VectorMoments gradient, loss{1};
    double seconds = 0.0;
  };
  std::vector<Run> results(runs);
  progress.start(estimator.name, samples);
  parallel_for(runs, settings.threads, [&](std::size_t r) {
    Run run{VectorMoments(size)};
    const auto method = estimator.make(estimator_settings);
    std::vector<double> gradient(size);
    for (std::size_t s = samples * r / runs; s < samples * (r + 1) / runs; ++s) {
      CounterDraws draws(settings.seed, settings.sample, static_cast<std::uint32_t>(s));
      std::fill(gradient.begin(), gradient.end(), 0.0);
      const auto start = std::chrono::steady_clock::now();
      const double loss = method->sample(problem, draws, gradient);
      run.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      run.gradient.add(gradient);
      run.loss.add({&loss, 1});
      progress.advance();
    }
    results[r] = std::move(run);
  });

  SampledGradient total{VectorMoments(size)};
  for (const Run& run : results) {
    total.gradient.merge(run.gradient);
    total.loss.merge(run.loss);
    total.seconds_per_sample += run.seconds / static_cast<double>(samples);
  }
  return total;
}

}  // namespace spikegrad
