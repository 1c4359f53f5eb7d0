// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/sampling.hpp"

#include <algorithm>
#include <ctime>

#include "spikegrad/core/check_fields.hpp"
#include "spikegrad/core/parallel.hpp"
#include "spikegrad/estimator/problem_sampler.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t most_runs = 16;

/// Processor time of this thread, in seconds: unlike the wall clock it does not count what others do
/// meanwhile.
double thread_seconds() {
  std::timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

struct Run {
  VectorMoments gradient, loss{1};
  double seconds = 0.0;
};

/// Samples first … last-1 with one estimator object.
Run run_samples(std::size_t size, ProblemSampler& estimator, const SamplingSettings& settings,
                std::size_t first, std::size_t last, Progress& progress) {
  constexpr std::size_t block = 32;  // samples between two looks at the clock
  Run run{VectorMoments(size)};
  std::vector<double> gradient(size);
  for (std::size_t begin = first; begin < last; begin += block) {
    const std::size_t end = std::min(begin + block, last);
    const double start = thread_seconds();
    for (std::size_t s = begin; s < end; ++s) {
      CounterDraws draws(settings.seed, settings.sample, static_cast<std::uint32_t>(s));
      std::fill(gradient.begin(), gradient.end(), 0.0);
      const double loss = estimator.sample(draws, gradient);
      run.gradient.add(gradient);
      run.loss.add({&loss, 1});
    }
    run.seconds += thread_seconds() - start;
    progress.advance(end - begin);
  }
  return run;
}

/// Time of one more sample, now that all buffers are there; repeated where it is too short to be measured
/// once.
double seconds_of_one(std::size_t size, ProblemSampler& estimator, const SamplingSettings& settings,
                      double first) {
  constexpr double measurable = 1e-3;
  if (first > measurable) return first;
  std::vector<double> gradient(size);
  CounterDraws draws(settings.seed, settings.sample, 0);
  const double start = thread_seconds();
  double elapsed = 0.0;
  std::size_t repeats = 0;
  while (elapsed < measurable) {
    for (int i = 0; i < 16; ++i, ++repeats) estimator.sample(draws, gradient);
    elapsed = thread_seconds() - start;
  }
  return elapsed / static_cast<double>(repeats);
}

}  // namespace

SampledGradient sample_gradient(const Problem& problem, const EstimatorInfo& estimator,
                                const EstimatorSettings& estimator_settings, const SamplingSettings& settings,
                                Progress& progress) {
  check(problem);
  check(estimator);
  check_fields(estimator_settings, "estimator: ");
  if (settings.samples == 0) throw UserError("sampling a gradient takes 1 sample or more");
  const bool one_is_enough = estimator.deterministic || free_spike_count(problem) == 0;
  const std::size_t samples = one_is_enough ? 1 : settings.samples;
  const std::size_t runs = std::min(samples, most_runs);

  std::vector<Run> results(runs);
  progress.start(estimator.name, samples);
  const std::size_t size = problem.network.parameter_count();
  parallel_for(runs, settings.threads, [&](std::size_t r) {
    ProblemSampler method(problem, estimator, estimator_settings);
    results[r] = run_samples(size, method, settings, samples * r / runs, samples * (r + 1) / runs, progress);
    if (one_is_enough) results[r].seconds = seconds_of_one(size, method, settings, results[r].seconds);
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
