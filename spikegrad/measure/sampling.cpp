// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/sampling.hpp"

#include <algorithm>
#include <ctime>

#include "spikegrad/core/check_fields.hpp"
#include "spikegrad/core/parallel.hpp"
#include "spikegrad/core/ranks.hpp"
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

/// Samples between two looks at the clock. Their gradients are kept until the clock has been looked at, so
/// that the statistics are not in the estimator's time; 2^15 numbers fit into the second cache.
std::size_t timed_together(std::size_t size) {
  constexpr std::size_t most = 32, numbers = std::size_t{1} << 15;
  return std::clamp<std::size_t>(numbers / std::max<std::size_t>(1, size), 1, most);
}

/// Samples first … last-1 with one estimator object.
Run run_samples(std::size_t size, ProblemSampler& estimator, const SamplingSettings& settings,
                std::size_t first, std::size_t last, Progress& progress) {
  const std::size_t block = timed_together(size);
  Run run{VectorMoments(size)};
  std::vector<double> gradients(block * size), losses(block);
  const auto gradient = [&](std::size_t k) { return std::span(gradients).subspan(k * size, size); };
  for (std::size_t begin = first; begin < last; begin += block) {
    const std::size_t count = std::min(block, last - begin);
    std::fill(gradients.begin(), gradients.end(), 0.0);
    const double start = thread_seconds();
    for (std::size_t k = 0; k < count; ++k) {
      CounterDraws draws(settings.seed, settings.sample, static_cast<std::uint32_t>(begin + k));
      losses[k] = estimator.sample(draws, gradient(k));
    }
    run.seconds += thread_seconds() - start;
    for (std::size_t k = 0; k < count; ++k) {
      run.gradient.add(gradient(k));
      run.loss.add({&losses[k], 1});
    }
    progress.advance(count);
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

/// The runs of a rank.
std::pair<std::size_t, std::size_t> runs_of(const Ranks* ranks, std::size_t rank, std::size_t runs) {
  return ranks ? share_of(runs, rank, ranks->count()) : std::pair{std::size_t{0}, runs};
}

/// Gives all runs to all ranks.
void share(Ranks& ranks, std::size_t size, std::vector<Run>& runs) {
  const std::size_t moments = VectorMoments::number_count(size), loss = VectorMoments::number_count(1),
                    each = moments + loss + 1;
  std::vector<double> all(runs.size() * each);
  std::vector<std::size_t> sizes;
  for (std::size_t rank = 0; rank < ranks.count(); ++rank) {
    const auto [first, last] = runs_of(&ranks, rank, runs.size());
    sizes.push_back((last - first) * each * sizeof(double));
    if (rank != ranks.rank()) continue;
    for (std::size_t r = first; r < last; ++r) {
      const auto put = [&](const std::vector<double>& numbers, std::size_t at) {
        std::copy(numbers.begin(), numbers.end(), all.begin() + static_cast<std::ptrdiff_t>(r * each + at));
      };
      put(runs[r].gradient.numbers(), 0);
      put(runs[r].loss.numbers(), moments);
      all[r * each + moments + loss] = runs[r].seconds;
    }
  }
  ranks.gather(std::as_writable_bytes(std::span(all)), sizes);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const std::span<const double> numbers = std::span(all).subspan(r * each, each);
    runs[r].gradient.set_numbers(numbers.first(moments));
    runs[r].loss.set_numbers(numbers.subspan(moments, loss));
    runs[r].seconds = numbers.back();
  }
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

  const std::size_t size = problem.network.parameter_count();
  std::vector<Run> results(runs, Run{VectorMoments(size)});
  progress.start(estimator.name, samples);
  const auto [first, last] = runs_of(settings.ranks, settings.ranks ? settings.ranks->rank() : 0, runs);
  parallel_for(last - first, settings.threads, [&, first = first](std::size_t i) {
    const std::size_t r = first + i;
    ProblemSampler method(problem, estimator, estimator_settings);
    results[r] = run_samples(size, method, settings, samples * r / runs, samples * (r + 1) / runs, progress);
    if (one_is_enough) results[r].seconds = seconds_of_one(size, method, settings, results[r].seconds);
  });
  if (settings.ranks) share(*settings.ranks, size, results);

  SampledGradient total{.gradient = VectorMoments(size), .noisy = !one_is_enough};
  for (const Run& run : results) {
    total.gradient.merge(run.gradient);
    total.loss.merge(run.loss);
    total.seconds_per_sample += run.seconds / static_cast<double>(samples);
  }
  return total;
}

}  // namespace spikegrad
