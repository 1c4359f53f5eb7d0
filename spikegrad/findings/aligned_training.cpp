// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/findings/aligned_training.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "spikegrad/core/parallel.hpp"
#include "spikegrad/data/event_set.hpp"
#include "spikegrad/data/randman.hpp"
#include "spikegrad/findings/classification.hpp"
#include "spikegrad/findings/experiment.hpp"
#include "spikegrad/network/initialiser.hpp"
#include "spikegrad/train/data_files.hpp"
#include "spikegrad/train/data_task.hpp"
#include "spikegrad/train/trainer.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t randman_classes = 10;

void set_beta(Population& population, double beta) {
  if (auto* sigmoid = std::get_if<SigmoidEscape>(&population.escape)) sigmoid->beta = beta;
}

/// x -> h1 -> … -> o of the populations of `base`.
Model stack(Model base, const AlignmentPlan& plan, const AlignedNet& net) {
  const auto& given = base.network.populations();
  std::vector<Population> populations{given[0]};
  std::vector<Connection> connections;
  std::vector<Initialiser> weights;
  for (std::size_t layer = 1; layer <= net.depth; ++layer) {
    Population h = given[1];
    h.name = fmt::format("h{}", layer);
    h.shape = {1, plan.width};
    set_beta(h, net.beta);
    populations.push_back(std::move(h));
    connections.push_back({layer - 1, layer, Dense{}});
    weights.emplace_back(FluctuationDrivenInitialiser{.sigma_u = net.sigma_u, .nu = plan.nu, .alpha = 1.0});
  }
  populations.push_back(given.back());
  connections.push_back({net.depth, net.depth + 1, Dense{}});
  weights.emplace_back(ReadoutInitialiser{});
  base.network = Network(base.network.time(), std::move(populations), std::move(connections));
  base.loss = MaxCrossEntropyLoss{.population = net.depth + 1};
  base.regularisers.clear();
  base.parameters = initial_parameters(base.network, weights, base.seed);
  return base;
}

SpikeData make_data(const AlignmentPlan& plan, const Model& model, const FindingSettings& settings,
                    std::uint64_t seed, Progress& progress) {
  if (plan.data) {
    std::vector<std::string> notes;
    const SpikeData all = read_training_data(find_data_files(*plan.data), model, notes, settings.isolation);
    // Files are sorted by class or speaker: evenly spread ones.
    const std::size_t count = std::min(plan.training_samples, all.size());
    std::vector<std::uint32_t> chosen(count);
    for (std::size_t k = 0; k < count; ++k) chosen[k] = static_cast<std::uint32_t>(k * all.size() / count);
    return subset(all, chosen);
  }
  InterruptOnly quiet(progress);
  return bin_events(make_randman({.classes = randman_classes,
                                  .samples_per_class = plan.training_samples / randman_classes,
                                  .smoothness = 1.0,
                                  .seed = seed},
                                 1, quiet),
                    binning_of(model), "randman");
}

AlignedRun train_and_align(const AlignmentPlan& plan, const AlignedNet& net, const Model& model,
                           const SpikeData& data, Progress& progress) {
  InterruptOnly quiet(progress);
  const EngineSettings engine{.threads = 1};
  DataTask task(model, data, engine.threads);
  Trainer trainer(model, task, engine);
  std::vector<Sample> samples;
  const std::size_t count = std::min(plan.samples, data.size());
  for (std::size_t k = 0; k < count; ++k) samples.push_back(task.sample(k * data.size() / count));
  AlignedRun run;
  for (const std::size_t epoch : net.checkpoints) {
    while (trainer.state().epoch < static_cast<double>(epoch)) trainer.epoch(quiet);
    run.push_back(align(model.objective(), trainer.parameters(), samples,
                        {.estimators = plan.estimators,
                         .draws = plan.draws,
                         .truth_draws = plan.truth_draws,
                         .seed = model.seed,
                         .engine = engine,
                         .estimator = model.estimator},
                        quiet));
    progress.advance();
  }
  return run;
}

}  // namespace

Model aligned_model(const AlignmentPlan& plan, const AlignedNet& net, std::uint64_t seed) {
  std::vector<std::string> overrides = plan.overrides;
  overrides.insert(overrides.end(),
                   {fmt::format("seed={}", seed), "training.validation=0", "training.select=last",
                    fmt::format("training.epochs={}", std::max<std::size_t>(1, net.checkpoints.back()))});
  return stack(load_experiment(plan.data ? "digits-recurrent" : "randman", overrides), plan, net);
}

void check_data(const AlignmentPlan& plan, const FindingSettings& settings) {
  if (!plan.data) return;
  Progress quiet;
  make_data(plan, aligned_model(plan, plan.nets[0], settings.seed), settings, settings.seed, quiet);
}

void add_seeds(AlignmentMeasurement& measured, std::size_t claimed, std::size_t others,
               const AlignmentPlan& plan, const FindingSettings& settings, Progress& progress) {
  struct Job {
    std::size_t net, seed;
    Model model;
  };
  const bool first = measured.runs.empty();
  measured.runs.resize(plan.nets.size());
  std::vector<Job> jobs;
  std::size_t from = claimed, checkpoints = 0;
  for (std::size_t n = 0; n < plan.nets.size(); ++n) {
    const std::size_t seeds = plan.nets[n].claimed ? claimed : others;
    for (std::size_t s = measured.runs[n].size(); s < seeds; ++s) {
      jobs.push_back({n, s, aligned_model(plan, plan.nets[n], settings.seed + s)});
      from = std::min(from, s);
      checkpoints += plan.nets[n].checkpoints.size();
    }
    measured.runs[n].resize(std::max(seeds, measured.runs[n].size()));
    if (!first) continue;
    const Model model = aligned_model(plan, plan.nets[n], settings.seed);
    auto& blocks = measured.blocks.emplace_back();
    for (const ParameterBlock& block : model.network.blocks()) blocks.push_back(block.name);
  }
  if (jobs.empty()) return;
  std::vector<SpikeData> data(plan.data ? 1 : std::max(claimed, others) - from);
  progress.start("F8, data", data.size());
  parallel_for(data.size(), settings.threads, [&](std::size_t s) {
    const std::uint64_t seed = settings.seed + from + s;
    data[s] = make_data(plan, aligned_model(plan, plan.nets[0], seed), settings, seed, progress);
    progress.advance();
  });
  if (first) measured.data = fmt::format("{} samples of {}", data[0].size(), data[0].source);
  progress.start("F8, checkpoints", checkpoints);
  parallel_for(jobs.size(), settings.threads, [&](std::size_t j) {
    const Job& job = jobs[j];
    measured.runs[job.net][job.seed] =
        train_and_align(plan, plan.nets[job.net], job.model, data[plan.data ? 0 : job.seed - from], progress);
  });
}

}  // namespace spikegrad
