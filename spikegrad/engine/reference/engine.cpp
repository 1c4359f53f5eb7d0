// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/reference/engine.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/parallel.hpp"
#include "spikegrad/engine/grouped_pass.hpp"
#include "spikegrad/engine/reference/trial.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t group = 8;  ///< samples summed before they join the total

bool same_trial(const Sample& a, const Sample& b) {
  return a.inputs.data() == b.inputs.data() && a.loss == b.loss && a.sample == b.sample && a.trial == b.trial;
}

/// What one thread needs.
struct Worker {
  Worker(const Objective& objective, const LearningSignal& signal) : trial(objective, signal) {}

  ReferenceTrial trial;
  Input input;
  std::vector<double> dropout_scale;
  const Sample* before = nullptr;  ///< whose tape is kept, in this run
};

class ReferencePass final : public GroupedPass {
 public:
  ReferencePass(const ReferenceEngine& engine, const LearningSignal& signal)
      : engine_(engine), objective_(engine.objective()), signal_(signal) {
    workers_.emplace_back(objective_, signal_);  // throws what is wrong with the signal
  }

  void run(const Batch& batch, const BatchResults& results) override {
    run_groups(batch, results);
    for (std::size_t g = 0; g < group_count_; ++g)
      for (std::size_t i = 0; i < results.gradient.size(); ++i) results.gradient[i] += sums_[g][i];
  }

  void run_groups(const Batch& batch, const BatchResults& results) override {
    check(objective_, batch, results);
    if (results.activity)
      results.activity->resize(batch.samples.size(), objective_.network.populations().size());
    const std::size_t groups = (batch.samples.size() + group - 1) / group;
    const std::size_t threads = std::clamp<std::size_t>(groups, 1, engine_.threads());
    while (workers_.size() < threads) workers_.emplace_back(objective_, signal_);
    group_count_ = results.gradient.empty() ? 0 : groups;
    if (!results.gradient.empty()) sums_.resize(std::max(sums_.size(), groups));
    total_.assign(results.gradient.begin(), results.gradient.end());
    for (Worker& worker : workers_) worker.before = nullptr;
    std::atomic<std::size_t> next{0};
    parallel_for(threads, static_cast<unsigned>(threads), [&](std::size_t w) {
      for (std::size_t g; (g = next++) < groups;) {
        if (!results.gradient.empty()) sums_[g].assign(results.gradient.size(), 0.0);
        for (std::size_t k = g * group; k < std::min(batch.samples.size(), (g + 1) * group); ++k)
          run_sample(batch, k, workers_[w], results, g);
      }
    });
  }

  std::span<std::byte> sum() override { return std::as_writable_bytes(std::span(total_)); }

  void add_groups(std::size_t first, std::size_t size) override {
    first /= sizeof(double);
    for (std::size_t g = 0; g < group_count_; ++g)
      for (std::size_t i = first; i < first + size / sizeof(double); ++i) total_[i] += sums_[g][i];
  }

  void give_sum(std::span<double> gradient) const override {
    std::copy(total_.begin(), total_.end(), gradient.begin());
  }

  /// bytes() counts the groups' sums.
  std::size_t grouped_bytes(std::size_t samples) const override { return bytes(samples); }

  std::size_t bytes(std::size_t samples) const override {
    const Network& network = objective_.network;
    // The tape, three grids of signals, and the input once more; a gradient for each group.
    const std::size_t tape =
        (network.steps() + 1) * (6 * network.unit_count() + network.state_count()) * sizeof(double);
    const std::size_t groups = (samples + group - 1) / group;
    return std::clamp<std::size_t>(groups, 1, engine_.threads()) * (tape + 2 * synapse_tap_bytes(network)) +
           groups * network.parameter_count() * sizeof(double);
  }

 private:
  /// The step from which sample k has to be run: a spike that is forced changes nothing before its own step.
  std::size_t first_step(const Sample& sample, const Sample* before) const {
    if (!before || !sample.forced || !same_trial(sample, *before)) return 0;
    const std::size_t step = sample.forced->slot.step;
    return before->forced && before->forced->slot.step < step ? 0 : step;
  }

  void run_sample(const Batch& batch, std::size_t k, Worker& worker, const BatchResults& results,
                  std::size_t g) {
    const Sample& sample = batch.samples[k];
    const Network& network = objective_.network;
    if (!worker.before || worker.before->inputs.data() != sample.inputs.data())
      fill_input(network, sample.inputs, worker.input);
    if (!worker.before || !same_trial(sample, *worker.before))
      worker.dropout_scale = engine_.dropout_scale(batch, sample);
    const Problem problem{network,      batch.parameters,        worker.input,
                          *sample.loss, objective_.regularisers, worker.dropout_scale,
                          batch.done};
    const auto draws = engine_.draws(batch.seed, sample);
    double total = 0.0;
    if (sample.forced) {
      ForcedDraws forced(*draws, sample.forced->slot, sample.forced->spike);
      total = worker.trial.forward(problem, forced, first_step(sample, worker.before));
    } else {
      total = worker.trial.forward(problem, *draws);
    }
    worker.before = &sample;
    if (!results.gradient.empty())
      worker.trial.backward(problem, total - sample.baseline, sample.credits, sums_[g],
                            of_sample(results.input_gradients, k, sample.inputs.size()));
    if (!results.outcomes.empty())
      results.outcomes[k] = {total - worker.trial.penalty(),
                             prediction_of(*sample.loss, network, worker.trial.tape()),
                             worker.trial.penalty()};
    if (!results.records.empty()) record(worker.trial.tape(), results.records[k]);
    if (!results.outputs.empty()) give_outputs(worker.trial.tape(), results.outputs[k]);
    if (results.activity) count(worker.trial.tape(), (*results.activity)[k]);
  }

  void record(const Tape<double>& tape, SampleRecord& record) const {
    const Network& network = objective_.network;
    record.output.resize(network.populations().size());
    record.excess.resize(network.populations().size());
    for (std::size_t p = 0; p < network.populations().size(); ++p) {
      const Population& population = network.populations()[p];
      const std::size_t first = network.layout(p).unit_offset;
      record.output[p].resize(network.steps(), population.size());
      if (output_of(population.unit) != UnitOutput::given)
        record.excess[p].resize(network.steps(), population.size());
      for (std::size_t t = 0; t < network.steps(); ++t)
        for (std::size_t i = 0; i < population.size(); ++i) {
          record.output[p][t][i] = static_cast<float>(tape.output[t][first + i]);
          if (!record.excess[p].empty())
            record.excess[p][t][i] = static_cast<float>(tape.excess[t][first + i]);
        }
    }
  }

  void give_outputs(const Tape<double>& tape, const NumberSpan& to) const {
    const std::size_t p = population_of(objective_.loss), size = objective_.network.populations()[p].size();
    std::visit(
        [&]<class T>(std::span<T> values) {
          for (std::size_t t = 0; t < objective_.network.steps() && !values.empty(); ++t) {
            const auto outputs = tape.outputs_of(objective_.network, p, t);
            std::transform(outputs.begin(), outputs.end(), values.subspan(t * size).begin(),
                           [](double y) { return static_cast<T>(y); });
          }
        },
        to);
  }

  void count(const Tape<double>& tape, std::span<double> sums) const {
    for (std::size_t p = 0; p < sums.size(); ++p) {
      sums[p] = 0.0;
      for (std::size_t t = 0; t < objective_.network.steps(); ++t)
        for (const double output : tape.outputs_of(objective_.network, p, t)) sums[p] += output;
    }
  }

  const ReferenceEngine& engine_;
  Objective objective_;
  LearningSignal signal_;
  std::vector<Worker> workers_;
  std::vector<std::vector<double>> sums_;  ///< [group]
  std::size_t group_count_ = 0;            ///< of them in use
  std::vector<double> total_;
};

}  // namespace

ReferenceEngine::ReferenceEngine(const Objective& objective, unsigned threads)
    : Engine(objective), threads_(threads ? threads : std::max(1u, std::thread::hardware_concurrency())) {}

std::unique_ptr<Pass> ReferenceEngine::prepare(const LearningSignal& signal) {
  return std::make_unique<ReferencePass>(*this, signal);
}

std::size_t ReferenceEngine::group_size() const {
  return group;
}

std::unique_ptr<Draws> ReferenceEngine::draws(std::uint64_t seed, const Sample& sample) const {
  if (source_) return std::make_unique<ReplicaDraws>(*source_, sample.trial);
  return Engine::draws(seed, sample);
}

std::vector<double> ReferenceEngine::dropout_scale(const Batch& batch, const Sample& sample) const {
  return dropout_scale_.empty() ? Engine::dropout_scale(batch, sample) : dropout_scale_;
}

}  // namespace spikegrad
