// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/engine.hpp"

#include <algorithm>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/check_signals.hpp"
#include "spikegrad/engine/cpu/engine.hpp"
#include "spikegrad/engine/dropout.hpp"
#include "spikegrad/engine/ranks/engine.hpp"
#include "spikegrad/engine/reference/engine.hpp"

namespace spikegrad {
namespace {

void check_slot(const Network& network, const Slot& slot) {
  if (slot.population >= network.populations().size() || slot.step >= network.steps() ||
      slot.unit >= network.populations()[slot.population].size())
    throw UserError("a sample forces, or gives credit to, a spike that is not of the network");
}

void check_size(const char* what, std::size_t is, std::size_t should_be) {
  if (is != should_be)
    throw UserError(std::string("a pass is given ") + what + " of size " + std::to_string(is) + ": must be " +
                    std::to_string(should_be));
}

/// Spans of each sample's populations in turn, each of the size of its population or empty.
void check_spans(std::span<const NumberSpan> spans, std::size_t samples, const Network& network,
                 const std::vector<std::size_t>& populations, const char* what) {
  if (spans.empty()) return;
  check_size(what, spans.size(), samples * populations.size());
  for (std::size_t k = 0; k < spans.size(); ++k) {
    const std::size_t size = std::visit([](auto span) { return span.size(); }, spans[k]);
    const Population& population = network.populations()[populations[k % populations.size()]];
    if (size > 0) check_size(what, size, network.steps() * population.size());
  }
}

/// The batch's signals as coefficients, one loss for each sample.
std::vector<Loss> linear_losses(const Batch& batch) {
  check_size("signals", batch.signals.size(), batch.samples.size());
  std::vector<Loss> losses;
  for (std::size_t s = 0; s < batch.samples.size(); ++s) {
    const auto* linear = batch.samples[s].loss ? std::get_if<LinearLoss>(batch.samples[s].loss) : nullptr;
    if (!linear) throw UserError("signals are given in place of the loss 'linear', and of no other");
    const auto to = std::get<LinearLoss>(losses.emplace_back(*linear)).coefficients.flat();
    std::visit(
        [&](auto from) {
          check_size("a signal", from.size(), to.size());
          std::copy(from.begin(), from.end(), to.begin());
        },
        batch.signals[s]);
  }
  return losses;
}

}  // namespace

void check_signals(const Objective& objective, const Batch& batch) {
  if (batch.signals.empty()) return;
  if (!std::holds_alternative<LinearLoss>(objective.loss))
    throw UserError("signals are given in place of the loss 'linear', and of no other");
  const Network& network = objective.network;
  const std::size_t size = network.steps() * network.populations()[population_of(objective.loss)].size();
  check_size("signals", batch.signals.size(), batch.samples.size());
  for (const NumberSpan& signal : batch.signals)
    check_size("a signal", std::visit([](auto span) { return span.size(); }, signal), size);
}

void Pass::forward(const Batch& batch, const BatchResults& results) {
  BatchResults without = results;
  without.gradient = {};
  without.input_gradients = {};
  run(batch, without);
}

void Pass::backward(const Batch& batch, const BatchResults& results) {
  Batch with = batch;
  std::vector<Loss> losses;
  std::vector<Sample> samples;
  if (!batch.signals.empty()) {
    losses = linear_losses(batch);
    samples.assign(batch.samples.begin(), batch.samples.end());
    for (std::size_t s = 0; s < samples.size(); ++s) samples[s].loss = &losses[s];
    with.samples = samples;
    with.signals = {};
  }
  run(with, {.gradient = results.gradient, .input_gradients = results.input_gradients});
}

std::unique_ptr<Draws> Engine::draws(std::uint64_t seed, const Sample& sample) const {
  return std::make_unique<CounterDraws>(seed, sample.sample, sample.trial);
}

std::vector<double> Engine::dropout_scale(const Batch& batch, const Sample& sample) const {
  if (!batch.dropout) return {};
  return draw_dropout_scale(objective_.network, batch.seed, sample.sample, sample.trial);
}

std::unique_ptr<Engine> make_engine(const Objective& objective, const EngineSettings& settings) {
  std::unique_ptr<Engine> engine;
  if (settings.kind == EngineKind::reference)
    engine = std::make_unique<ReferenceEngine>(objective, settings.threads);
  else
    engine = std::make_unique<CpuEngine>(objective, settings.threads);
  if (!settings.ranks || settings.ranks->count() < 2) return engine;
  return std::make_unique<RanksEngine>(std::move(engine), *settings.ranks);
}

void check(const Objective& objective, const Batch& batch, const BatchResults& results) {
  const Network& network = objective.network;
  check_size("parameters", batch.parameters.size(), network.parameter_count());
  if (!results.gradient.empty()) check_size("a gradient", results.gradient.size(), network.parameter_count());
  if (!results.outcomes.empty()) check_size("outcomes", results.outcomes.size(), batch.samples.size());
  if (!results.records.empty()) check_size("records", results.records.size(), batch.samples.size());
  if (batch.done && !(*batch.done >= 0.0 && *batch.done <= 1.0))
    throw UserError("the share of the training that is done must be from 0 to 1");
  std::vector<std::size_t> given;
  for (std::size_t p = 0; p < network.populations().size(); ++p)
    if (output_of(network.populations()[p].unit) == UnitOutput::given) given.push_back(p);
  const std::size_t inputs = given.size();
  if (!batch.signals.empty()) throw UserError("signals are for backward(), in place of a loss");
  check_spans(results.outputs, batch.samples.size(), network, {population_of(objective.loss)}, "outputs");
  check_spans(results.input_gradients, batch.samples.size(), network, given, "gradients of inputs");
  if (!results.input_gradients.empty() && results.gradient.empty())
    throw UserError("a pass gives gradients of inputs with the gradient of the parameters, not without it");
  for (const Sample& sample : batch.samples) {
    check_size("inputs", sample.inputs.size(), inputs);
    if (!sample.loss || sample.loss->index() != objective.loss.index() ||
        population_of(*sample.loss) != population_of(objective.loss))
      throw UserError("a sample's loss must be of the kind and population of the engine's");
    if (sample.forced) check_slot(network, sample.forced->slot);
    for (const SpikeCredit& credit : sample.credits) check_slot(network, credit.slot);
    const auto label = label_of(*sample.loss);
    if (label && *label >= network.populations()[population_of(objective.loss)].size())
      throw UserError("a sample's label is " + std::to_string(*label) +
                      ": must be below the number of classes");
  }
}

}  // namespace spikegrad
