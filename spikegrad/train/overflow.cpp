// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/overflow.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/reference/engine.hpp"
#include "spikegrad/engine/reference/trial.hpp"

namespace spikegrad {
namespace {

bool all_finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
}

Batch only(const Batch& batch, const Sample& sample) {
  return {.parameters = batch.parameters,
          .samples = {&sample, 1},
          .seed = batch.seed,
          .dropout = batch.dropout,
          .done = batch.done};
}

/// A unit in a step.
struct Place {
  std::size_t population = 0, unit = 0;
  std::optional<std::size_t> step = {};
};

std::string name_of(const Network& network, const Place& place) {
  const std::string unit = fmt::format("{}[{}]", network.populations()[place.population].name, place.unit);
  return place.step ? fmt::format("{} in step {}", unit, *place.step) : unit;
}

/// The first potential of the trial that is not finite.
std::optional<Place> first_overflow(const Network& network, const SampleRecord& record) {
  for (std::size_t t = 0; t < network.steps(); ++t)
    for (std::size_t p = 0; p < record.excess.size(); ++p)
      for (std::size_t i = 0; i < (record.excess[p].empty() ? 0 : record.excess[p].columns()); ++i)
        if (!std::isfinite(record.excess[p][t][i])) return Place{p, i, t};
  return std::nullopt;
}

/// The unit that parameter k belongs to: that at the end of a connection, or with the bias, time constant or
/// delay.
Place unit_of(const Network& network, std::size_t k) {
  for (std::size_t b = 0; b < network.blocks().size(); ++b) {
    const ParameterBlock& block = network.blocks()[b];
    if (k < block.offset || k >= block.offset + block.size) continue;
    const std::size_t row = (k - block.offset) / (block.size / block.shape[0]);
    if (b < network.connections().size()) {
      const Population& target = network.populations()[network.connections()[b].to];
      return {network.connections()[b].to, row * (target.size() / block.shape[0])};
    }
    for (std::size_t c = 0; c < network.connections().size(); ++c)
      if (network.delays(c).block == b) {
        if (network.delays(c).per == DelayPer::source) return {network.connections()[c].from, row};
        const Population& target = network.populations()[network.connections()[c].to];
        return {network.connections()[c].to, row * (target.size() / block.shape[0])};
      }
    for (std::size_t p = 0; p < network.populations().size(); ++p)
      if (block.name.starts_with(network.populations()[p].name + "."))
        return {p, row * (network.populations()[p].size() / block.shape[0])};
  }
  throw InternalError("a parameter is of no block");
}

/// The last step at whose drive the signal of the unit exceeds `limit`, going backward. The gradient of a
/// weight is Σ_t D̄_i[t] S_j[t] (engine/reference/backward.hpp): with an input that spikes in step t alone it
/// is D̄_i[t]. Signals that overflow grow backward in time, so bisection finds the step.
std::optional<std::size_t> step_of_overflow(const Model& model, const LearningSignal& signal,
                                            const Engine& engine, const Batch& batch, const Sample& sample,
                                            const Place& unit, double limit) {
  const Network& network = model.network;
  for (const std::size_t c : network.layout(unit.population).incoming) {
    const std::size_t from = network.connections()[c].from;
    const Population& source = network.populations()[from];
    if (output_of(source.unit) != UnitOutput::given || network.delays(c).any() ||
        !std::holds_alternative<Dense>(network.connections()[c].kind))
      continue;
    Input input;
    fill_input(network, sample.inputs, input);
    const std::vector<double> dropout_scale = engine.dropout_scale(batch, sample);
    const Problem problem{network,       batch.parameters, input, *sample.loss, model.regularisers,
                          dropout_scale, batch.done};
    const auto draws = engine.draws(batch.seed, sample);
    ReferenceTrial trial(model.objective(), signal);
    const double loss = trial.forward(problem, *draws);
    const std::size_t first = network.layout(from).unit_offset;
    std::vector<double> gradient(network.parameter_count());
    const auto overflows = [&](std::size_t at) {
      for (std::size_t t = 0; t < network.steps(); ++t)
        for (std::size_t j = 0; j < source.size(); ++j) trial.tape().output[t][first + j] = t == at;
      std::fill(gradient.begin(), gradient.end(), 0.0);
      trial.backward(problem, loss - sample.baseline, {}, gradient);
      const auto row = std::span<const double>(gradient).subspan(
          network.blocks()[c].offset + unit.unit * source.size(), source.size());
      return std::any_of(row.begin(), row.end(), [&](double g) { return !(std::abs(g) <= limit); });
    };
    if (!overflows(0)) return std::nullopt;
    std::size_t yes = 0, no = network.steps();
    while (no - yes > 1) {
      const std::size_t middle = (yes + no) / 2;
      (overflows(middle) ? yes : no) = middle;
    }
    return yes;
  }
  return std::nullopt;
}

const char* range_of(EngineKind kind) {
  return kind == EngineKind::cpu ? "single precision (3.4e38)" : "double precision (1.8e308)";
}

}  // namespace

std::string explain_overflow(const Model& model, const EstimatorInfo& estimator, Engine& engine,
                             EngineKind kind, const Batch& batch) {
  const Network& network = model.network;
  const LearningSignal signal =
      estimator.signal ? estimator.signal(model.estimator, model.objective()) : LearningSignal{};
  const auto forward = engine.prepare(signal);
  for (const Sample& sample : batch.samples) {
    SampleRecord record;
    forward->run(only(batch, sample), {.records = {&record, 1}});
    if (const auto place = first_overflow(network, record))
      return fmt::format(
          "the potential of {} leaves the range of {} (sample {}): smaller weights or a smaller [training] "
          "learning_rate would keep it inside",
          name_of(network, *place), range_of(kind), sample.sample);
  }
  const auto one = estimator.make(model.estimator, engine);
  std::vector<double> gradient(network.parameter_count());
  for (const Sample& sample : batch.samples) {
    std::fill(gradient.begin(), gradient.end(), 0.0);
    one->gradient(only(batch, sample), {.gradient = gradient});
    if (all_finite(gradient)) continue;
    const auto at =
        std::find_if(gradient.begin(), gradient.end(), [](double g) { return !std::isfinite(g); });
    Place place = unit_of(network, static_cast<std::size_t>(at - gradient.begin()));
    const double limit =
        kind == EngineKind::cpu ? std::numeric_limits<float>::max() : std::numeric_limits<double>::max();
    // Sums of large numbers overflow before each of them does.
    for (const double part : {1.0, 1e-4})
      if (estimator.signal && !place.step)
        place.step = step_of_overflow(model, signal, engine, batch, sample, place, part * limit);
    std::string text = fmt::format("going backward, the signal at {} leaves the range of {} (sample {}): ",
                                   name_of(network, place), range_of(kind), sample.sample);
    if (kind == EngineKind::cpu) {
      ReferenceEngine reference(model.objective(), 1);
      std::fill(gradient.begin(), gradient.end(), 0.0);
      estimator.make(model.estimator, reference)->gradient(only(batch, sample), {.gradient = gradient});
      if (all_finite(gradient))
        return text + "--engine reference holds it, and fewer time.steps keep it small";
    }
    return text +
           "fewer time.steps, smaller weights or another estimator keep it small; a gradient_clip does not";
  }
  return "the sum over the batch overflows: a smaller batch or smaller factors in the loss keep it finite";
}

}  // namespace spikegrad
