// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/measure/recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/network/time_constants.hpp"

namespace spikegrad {
namespace {

/// Numbers of the engine's records that are held at once.
constexpr std::size_t held = std::size_t{1} << 24;

void check_recorded(const Network& network, const Recorded& r, std::size_t trials) {
  const auto& populations = network.populations();
  if (r.population >= populations.size())
    throw UserError(fmt::format("population {} is to be recorded, of {}", r.population, populations.size()));
  const Population& population = populations[r.population];
  if (r.quantity != Quantity::output && output_of(population.unit) == UnitOutput::given)
    throw UserError(fmt::format("population '{}' is an input: it has an output, and no {}", population.name,
                                names_of(r.quantity)[static_cast<std::size_t>(r.quantity)]));
  const std::size_t size = trials * network.steps() * population.size();
  if (r.values.size() != size)
    throw UserError(fmt::format("a recording of population '{}' needs {} values, not {}", population.name,
                                size, r.values.size()));
}

/// Turns x into the potential, the first number of a unit's state: x is that less a function of the rest
/// (neuron/unit.hpp), which the unit's own equations bring from step to step. They run without the drive, which
/// the engines do not record and which x does not depend on but by the potential.
class Potentials {
 public:
  Potentials(const Network& network, std::span<const double> parameters)
      : network_(network), learned_(network, parameters) {}

  /// values [step, unit]: x in, potentials out.
  void replace(std::size_t p, const Grid<float>& output, std::span<float> values) const {
    std::visit(
        [&]<class U>(const U& unit) {
          if constexpr (U::state_size > 0)
            for (std::size_t i = 0; i < output.columns(); ++i) replace(unit, p, i, output, values);
        },
        network_.populations()[p].unit);
  }

 private:
  template <class U>
  void replace(const U& unit, std::size_t p, std::size_t i, const Grid<float>& output,
               std::span<float> values) const {
    const PopulationLayout& layout = network_.layout(p);
    const double* decay = layout.learns_filter() ? learned_.of(p, i) : layout.decay.data();
    std::array<double, U::state_size> state{};
    for (std::size_t t = 0; t < output.rows(); ++t) {
      float& value = values[t * output.columns() + i];
      state[0] = 0.0;
      state[0] = static_cast<double>(value) - equations::excess(unit, state.data(), decay);
      value = static_cast<float>(state[0]);
      if constexpr (U::timing == DriveTiming::next_step) {
        const auto spike = static_cast<double>(output[t][i]);
        equations::advance(unit, state.data(), decay, spike, spike);
      }
    }
  }

  const Network& network_;
  Decays<double> learned_;
};

}  // namespace

void record(const Objective& objective, std::span<const double> parameters,
            std::span<const SampleInput> inputs, std::span<const Recorded> recorded,
            const RecordingSettings& settings, std::span<SampleOutcome> outcomes, Progress& progress) {
  const Network& network = objective.network;
  if (!outcomes.empty() && outcomes.size() != settings.trials)
    throw UserError(
        fmt::format("{} trials must have as many outcomes, not {}", settings.trials, outcomes.size()));
  for (const Recorded& r : recorded) check_recorded(network, r, settings.trials);
  const std::unique_ptr<Engine> engine = make_engine(objective, settings.engine);
  const std::unique_ptr<Pass> pass = engine->prepare({.forcing = Forcing::never});
  const std::size_t a_trial = std::max<std::size_t>(1, 2 * network.steps() * network.unit_count());
  const std::size_t chunk = std::clamp<std::size_t>(held / a_trial, 1, 64);
  std::vector<Sample> samples;
  std::vector<SampleRecord> records;
  const Potentials potentials(network, parameters);
  for (std::size_t first = 0; first < settings.trials; first += chunk) {
    const std::size_t count = std::min(chunk, settings.trials - first);
    samples.assign(count, Sample{.inputs = inputs, .loss = &objective.loss, .sample = settings.sample});
    for (std::size_t k = 0; k < count; ++k) samples[k].trial = static_cast<std::uint32_t>(first + k);
    records.resize(recorded.empty() ? 0 : count);
    pass->run({.parameters = parameters, .samples = samples, .seed = settings.seed},
              {.outcomes = outcomes.empty() ? outcomes : outcomes.subspan(first, count), .records = records});
    for (const Recorded& r : recorded)
      for (std::size_t k = 0; k < count; ++k) {
        const SampleRecord& trial = records[k];
        const auto& grid = (r.quantity == Quantity::output ? trial.output : trial.excess)[r.population];
        const auto values = r.values.subspan((first + k) * grid.flat().size(), grid.flat().size());
        std::copy(grid.flat().begin(), grid.flat().end(), values.begin());
        if (r.quantity != Quantity::potential) continue;
        potentials.replace(r.population, trial.output[r.population], values);
      }
    progress.advance(count);
  }
}

void record(const Network& network, std::span<const double> parameters, std::span<const SampleInput> inputs,
            std::span<const Recorded> recorded, const RecordingSettings& settings, Progress& progress) {
  // An objective needs a loss; this one asks nothing of anyone.
  const std::size_t last = network.populations().size() - 1;
  const Loss nothing = LinearLoss{
      .population = last, .coefficients = Grid<double>(network.steps(), network.populations()[last].size())};
  record({network, nothing}, parameters, inputs, recorded, settings, {}, progress);
}

}  // namespace spikegrad
