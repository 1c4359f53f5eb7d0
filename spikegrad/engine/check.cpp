// SPDX-License-Identifier: Apache-2.0
// What is put together in code is held to what the reader of model files holds it to.
#include <algorithm>
#include <cmath>
#include <string>

#include "spikegrad/core/check_fields.hpp"
#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/problem.hpp"
#include "spikegrad/engine/sample.hpp"
#include "spikegrad/network/refractory.hpp"

namespace spikegrad {
namespace {

bool all_finite(std::span<const double> numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](double v) { return std::isfinite(v); });
}

void check_grid(const std::string& where, const char* what, const Grid<double>& grid, std::size_t steps,
                std::size_t size) {
  if (grid.rows() != steps || grid.columns() != size)
    throw UserError(where + what + " has " + std::to_string(grid.rows()) + " steps of " +
                    std::to_string(grid.columns()) + " units: must be " + std::to_string(steps) + " of " +
                    std::to_string(size));
  if (!all_finite(grid.flat())) throw UserError(where + what + " must be finite");
}

template <class L>
void check_loss(const L& loss, const Network& network) {
  const std::string where = "loss '" + std::string(L::kind) + "': ";
  if (loss.population >= network.populations().size())
    throw UserError(where + "there is no population " + std::to_string(loss.population));
  const Population& population = network.populations()[loss.population];
  const std::size_t size = population.size();
  if (output_of(population.unit) == UnitOutput::given)
    throw UserError(where + "'" + population.name + "' is an input, whose output depends on no parameter");
  if constexpr (requires { loss.label; }) {
    if (reads_spikes<L> && !population.spikes())
      throw UserError(where + "must look at units that spike; '" + population.name + "' has none");
    if (!reads_spikes<L> && output_of(population.unit) != UnitOutput::potential)
      throw UserError(where + "must look at a readout; '" + population.name + "' is none");
    if (loss.label >= size)
      throw UserError(where + "label " + std::to_string(loss.label) + ": must be below the " +
                      std::to_string(size) + " units of '" + population.name + "'");
  }
  if constexpr (requires { loss.ignore_steps; }) {
    if (loss.ignore_steps >= network.steps())
      throw UserError(where + "ignore_steps " + std::to_string(loss.ignore_steps) + ": must be below the " +
                      std::to_string(network.steps()) + " steps of the run");
  }
  if constexpr (requires { loss.coefficients; })
    check_grid(where, "coefficients", loss.coefficients, network.steps(), size);
  if constexpr (requires { loss.target; }) check_grid(where, "target", loss.target, network.steps(), size);
  if constexpr (requires { loss.clamp(); }) {
    if (!population.is_stochastic())
      throw UserError(where + "must look at stochastic units; those of '" + population.name +
                      "' have no probability of a spike");
    const auto z = loss.target.flat();
    if (!std::all_of(z.begin(), z.end(), [](double s) { return s == 0.0 || s == 1.0; }))
      throw UserError(where + "target must be 0 or 1 everywhere");
    if (!leaves_refractory_periods(loss.target, population.refractory_steps))
      throw UserError(where + "target has spikes within the refractory period of '" + population.name +
                      "', " + std::to_string(population.refractory_steps) +
                      " steps: they have probability 0");
  }
  check_fields(loss, where);
}

}  // namespace

void check(const Objective& objective) {
  const auto& populations = objective.network.populations();
  std::visit([&](const auto& loss) { check_loss(loss, objective.network); }, objective.loss);
  for (const Regulariser& regulariser : objective.regularisers)
    std::visit(
        [&]<class R>(const R& r) {
          const std::string where = "regulariser '" + std::string(R::kind) + "': ";
          if (r.population >= populations.size() || !populations[r.population].spikes())
            throw UserError(where + "must be of a population of units that spike");
          check_fields(r, where);
        },
        regulariser);
}

void check(const Problem& problem) {
  check(problem.objective());
  const Network& network = problem.network;
  if (problem.parameters.size() != network.parameter_count())
    throw UserError("there are " + std::to_string(problem.parameters.size()) +
                    " parameters: must be as many as the network has, " +
                    std::to_string(network.parameter_count()));
  if (!all_finite(problem.parameters)) throw UserError("the parameters must be finite");
  for (const SampleInput& input : views_of(network, problem.input))
    if (!all_finite(std::get<DenseValues>(input).values)) throw UserError("the input must be finite");
  const std::size_t factors = problem.dropout_scale.size(), units = network.unit_count();
  if (factors != 0 && factors != units && factors != network.steps() * units)
    throw UserError("there are " + std::to_string(problem.dropout_scale.size()) +
                    " factors of what units send: must be one for each of the " +
                    std::to_string(network.unit_count()) + " units, or one for each step and unit");
}

}  // namespace spikegrad
