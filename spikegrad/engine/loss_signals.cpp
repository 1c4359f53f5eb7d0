// SPDX-License-Identifier: Apache-2.0
// The half of lowering.hpp that is about losses.
#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/lowering.hpp"

namespace spikegrad {
namespace {

/// -(z - S)/Δu at x of a population with target z [P], [G]; width Δu = 0: that of its escape function.
void add_target_error(const Network& network, std::size_t population, const Grid<double>& target,
                      double width, const Tape<double>& tape, Signals& signals) {
  if (width == 0.0) width = escape_width(network.populations()[population].escape);
  const std::size_t first = network.layout(population).unit_offset;
  for (std::size_t t = 0; t < target.rows(); ++t)
    for (std::size_t i = 0; i < target.columns(); ++i)
      signals.excess[t][first + i] -= (target[t][i] - tape.output[t][first + i]) / width;
}

}  // namespace

double escape_width(const Escape& escape) {
  return std::visit(
      [](const auto& f) {
        if constexpr (requires { f.width; })
          return f.width;
        else if constexpr (requires { f.sigma; })
          return f.sigma;
        else if constexpr (requires { f.alpha; })
          return 1.0 / f.alpha;
        else
          return 1.0 / f.beta;
      },
      escape);
}

std::optional<Clamp> clamp_for(const Loss& loss, Forcing forcing) {
  if (forcing == Forcing::never) return std::nullopt;
  if (forcing == Forcing::as_loss) return clamp_of(loss);
  require(target_of(loss) != nullptr, "a pass is forced to a target that is not there");
  return Clamp{population_of(loss), target_of(loss)};
}

const Loss& loss_of_pass(const Loss& loss, Forcing forcing, std::optional<Loss>& room) {
  if (forcing != Forcing::always || std::holds_alternative<LikelihoodLoss>(loss)) return loss;
  require(target_of(loss) != nullptr, "a pass is forced to a target that is not there");
  return room.emplace(LikelihoodLoss{population_of(loss), *target_of(loss)});
}

void add_loss_signals(const LearningSignal& signal, const Loss& loss, const Network& network,
                      const Tape<double>& tape, Signals& signals) {
  if (signal.output == OutputSignal::loss) return add_loss_gradient(loss, network, tape, signals);
  require(target_of(loss) != nullptr, "a target error needs a target");
  add_target_error(network, population_of(loss), *target_of(loss), signal.target_width, tape, signals);
}

}  // namespace spikegrad
