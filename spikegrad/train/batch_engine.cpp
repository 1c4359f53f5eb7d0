// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/batch_engine.hpp"

#include <algorithm>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/parallel.hpp"
#include "spikegrad/engine/cpu/engine.hpp"
#include "spikegrad/engine/dropout.hpp"
#include "spikegrad/engine/reference/engine.hpp"
#include "spikegrad/estimator/counterfactual.hpp"
#include "spikegrad/estimator/cpu_counterfactual.hpp"

namespace spikegrad {
namespace {

std::size_t readout_size(const Model& model) {
  return model.network.populations()[population_of(model.loss)].size();
}

Loss labelled(Loss loss, std::size_t label) {
  std::visit(
      [label](auto& l) {
        if constexpr (requires { l.label; }) l.label = label;
      },
      loss);
  return loss;
}

std::vector<Loss> losses_of(const Model& model) {
  std::vector<Loss> losses;
  for (std::size_t c = 0; c < readout_size(model); ++c) losses.push_back(labelled(model.loss, c));
  return losses;
}

/// `Engine` runs a CpuRun; `make` are its constructor's arguments.
template <class Engine>
class CpuBatch final : public BatchEngine {
 public:
  template <class... Make>
  explicit CpuBatch(const Model& model, const Make&... make) : losses_(losses_of(model)), engine_(make...) {
    for (std::size_t p = 0; p < model.network.populations().size(); ++p) {
      if (output_of(model.network.populations()[p].unit) != UnitOutput::given) continue;
      const auto numbers = model.input.values[p].flat();
      fixed_.emplace_back(numbers.begin(), numbers.end());
      if (model.data->population == p) data_input_ = fixed_.size() - 1;
    }
  }

  void run(const BatchRun& run) override {
    parameters_.assign(run.parameters.begin(), run.parameters.end());
    gradient_.assign(run.gradient.size(), 0.0f);
    inputs_.clear();
    for (const LabelledSample& sample : run.batch)
      for (std::size_t i = 0; i < fixed_.size(); ++i)
        if (i == data_input_)
          inputs_.emplace_back(sample.events);
        else
          inputs_.emplace_back(DenseValues{fixed_[i]});
    batch_.clear();
    for (const LabelledSample& sample : run.batch)
      batch_.push_back({.inputs = std::span(inputs_).subspan(batch_.size() * fixed_.size(), fixed_.size()),
                        .loss = &losses_[sample.label],
                        .sample = sample.sample,
                        .trial = sample.trial});
    engine_.run({.parameters = parameters_,
                 .batch = batch_,
                 .seed = run.seed,
                 .baseline = run.baseline,
                 .dropout = run.dropout,
                 .gradient = gradient_,
                 .outcomes = run.outcomes,
                 .activity = run.activity,
                 .records = run.records});
    std::copy(gradient_.begin(), gradient_.end(), run.gradient.begin());
  }

 private:
  std::vector<Loss> losses_;               ///< of each label
  std::vector<std::vector<float>> fixed_;  ///< of each input population; empty: the data set's
  std::size_t data_input_ = 0;
  Engine engine_;
  std::vector<float> parameters_, gradient_;
  std::vector<SampleInput> inputs_;
  std::vector<BatchSample> batch_;
};

class ReferenceBatch final : public BatchEngine {
 public:
  ReferenceBatch(const Model& model, const BatchEstimator& estimator, unsigned threads)
      : model_(model), estimator_(estimator), threads_(threads), losses_(losses_of(model)) {}

  void run(const BatchRun& run) override {
    if (run.activity) run.activity->resize(run.batch.size(), model_.network.populations().size());
    const std::size_t groups = (run.batch.size() + group - 1) / group;
    std::vector<std::vector<double>> sums(groups);
    parallel_for(groups, threads_, [&](std::size_t g) {
      ReferenceEngine engine;
      Input input = model_.input;
      sums[g].assign(run.gradient.size(), 0.0);
      for (std::size_t k = g * group; k < std::min(run.batch.size(), (g + 1) * group); ++k)
        sample(run, k, engine, input, sums[g]);
    });
    std::fill(run.gradient.begin(), run.gradient.end(), 0.0);
    for (const auto& sum : sums)
      for (std::size_t i = 0; i < run.gradient.size(); ++i) run.gradient[i] += sum[i];
  }

 private:
  static constexpr std::size_t group = 8;  ///< samples summed before they join the total

  void sample(const BatchRun& run, std::size_t k, ReferenceEngine& engine, Input& input,
              std::span<double> gradient) const {
    const LabelledSample& sample = run.batch[k];
    const Network& network = model_.network;
    Grid<double>& raster = input.values[model_.data->population];
    raster.resize(network.steps(), network.populations()[model_.data->population].size());
    raster.fill(0.0);
    for (std::size_t t = 0; t < network.steps(); ++t)
      for (std::uint32_t e = sample.events.begin[t]; e < sample.events.begin[t + 1]; ++e)
        raster[t][sample.events.units[e]] += 1.0;
    const auto sent =
        run.dropout ? dropout_factors(network, run.seed, sample.sample, sample.trial) : std::vector<double>{};
    const Problem problem{network, run.parameters, input, losses_[sample.label], model_.regularisers, sent};
    CounterDraws draws(run.seed, sample.sample, sample.trial);
    const LearningSignal& signal = estimator_.signal;
    const double loss = engine.forward(problem, signal, draws);
    if (!run.gradient.empty() && estimator_.flips > 0)
      CounterfactualSampled({.counterfactuals = estimator_.flips}).sample(problem, draws, gradient);
    else if (!run.gradient.empty())
      engine.backward(problem, signal, loss - run.baseline, nullptr, gradient);
    if (!run.outcomes.empty())
      run.outcomes[k] = {loss - engine.penalty(), prediction(engine.tape()), engine.penalty()};
    for (std::size_t p = 0; p < network.populations().size(); ++p) record(run, k, p, engine.tape());
  }

  /// The class whose logit is the largest: of which the loss would be the least.
  std::uint32_t prediction(const Tape<double>& tape) const {
    std::vector<double> loss;
    for (const Loss& l : losses_) loss.push_back(loss_value(l, model_.network, tape));
    return static_cast<std::uint32_t>(std::min_element(loss.begin(), loss.end()) - loss.begin());
  }

  void record(const BatchRun& run, std::size_t k, std::size_t p, const Tape<double>& tape) const {
    const Network& network = model_.network;
    if (!run.records.empty()) {
      run.records[k].output.resize(network.populations().size());
      run.records[k].output[p].resize(network.steps(), network.populations()[p].size());
    }
    double sum = 0.0;
    for (std::size_t t = 0; t < network.steps(); ++t) {
      const auto outputs = tape.outputs_of(network, p, t);
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        sum += outputs[i];
        if (!run.records.empty()) run.records[k].output[p][t][i] = static_cast<float>(outputs[i]);
      }
    }
    if (run.activity) (*run.activity)[k][p] = sum;
  }

  const Model& model_;
  BatchEstimator estimator_;
  unsigned threads_;
  std::vector<Loss> losses_;
};

}  // namespace

const DataSettings& data_settings(const Model& model) {
  if (!model.data)
    throw UserError(model.source +
                    ": its input is no data set: must be a section [input] with kind = \"data\"");
  return *model.data;
}

std::unique_ptr<BatchEngine> make_batch_engine(EngineKind kind, const Model& model,
                                               const BatchEstimator& estimator, unsigned threads) {
  data_settings(model);
  if (kind == EngineKind::reference) return std::make_unique<ReferenceBatch>(model, estimator, threads);
  if (estimator.flips > 0)
    return std::make_unique<CpuBatch<CpuCounterfactual>>(model, model.network, model.loss, estimator.flips,
                                                         CpuSettings{threads}, model.regularisers);
  return std::make_unique<CpuBatch<CpuEngine>>(model, model.network, estimator.signal, model.loss,
                                               CpuSettings{threads}, model.regularisers);
}

}  // namespace spikegrad
