// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/reference/engine.hpp"

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

/// The population whose spikes are given in this pass, if any.
std::optional<Clamp> clamp_for(const Problem& problem, Forcing forcing) {
  switch (forcing) {
    case Forcing::never:
      return std::nullopt;
    case Forcing::as_loss:
      return clamp_of(problem.loss);
    case Forcing::always:
      break;
  }
  require(target_of(problem.loss) != nullptr, "a pass is forced to a target that is not there");
  return Clamp{population_of(problem.loss), target_of(problem.loss)};
}

/// The objective of a forced pass is the target's likelihood, whatever the loss.
Loss objective_of(const Problem& problem, Forcing forcing) {
  if (forcing != Forcing::always || std::holds_alternative<LikelihoodLoss>(problem.loss)) return problem.loss;
  return LikelihoodLoss{population_of(problem.loss), *target_of(problem.loss)};
}

/// visit(t, u, f) for every drawn spike: step, column of the tape, escape function.
template <class Visitor>
void for_each_drawn(const Network& network, const std::optional<Clamp>& clamp, Visitor&& visit) {
  for (std::size_t p = 0; p < network.populations().size(); ++p) {
    if (!is_drawn(network, p, clamp)) continue;
    const std::size_t first = network.layout(p).unit_offset, size = network.populations()[p].size();
    std::visit(
        [&](const auto& f) {
          for (std::size_t t = 0; t < network.steps(); ++t)
            for (std::size_t u = first; u < first + size; ++u) visit(t, u, f);
        },
        network.populations()[p].escape);
  }
}

}  // namespace

double escape_width(const Escape& escape) {
  return std::visit(
      [](const auto& f) {
        if constexpr (requires { f.width; })
          return f.width;
        else
          return 1.0 / f.beta;
      },
      escape);
}

void add_target_error(const Network& network, std::size_t population, const Grid<double>& target,
                      double width, const Tape<double>& tape, Signals& signals) {
  if (width == 0.0) width = escape_width(network.populations()[population].escape);
  const std::size_t first = network.layout(population).unit_offset;
  for (std::size_t t = 0; t < target.rows(); ++t)
    for (std::size_t i = 0; i < target.columns(); ++i)
      signals.excess[t][first + i] -= (target[t][i] - tape.output[t][first + i]) / width;
}

double ReferenceEngine::forward(const Problem& problem, const LearningSignal& signal, Draws& draws,
                                std::size_t first_step) {
  const auto clamp = clamp_for(problem, signal.forcing);
  spikegrad::forward<double>(
      problem.network, problem.parameters, problem.input, signal.forward, clamp ? &*clamp : nullptr,
      [&](const Slot& slot, double p) { return draws.below(slot, p) ? 1.0 : 0.0; }, tape_, first_step,
      problem.sent);
  penalty_ = penalty_value(problem.regularisers, problem.network, tape_);
  if (signal.forcing == Forcing::always)
    return loss_value(objective_of(problem, signal.forcing), problem.network, tape_) + penalty_;
  return loss_value(problem.loss, problem.network, tape_) + penalty_;
}

void ReferenceEngine::backward(const Problem& problem, const LearningSignal& signal, double advantage,
                               const Grid<double>* credit, std::span<double> gradient) {
  const Network& network = problem.network;
  const auto clamp = clamp_for(problem, signal.forcing);
  signals_.reset(network.steps(), network.unit_count());
  if (signal.output == OutputSignal::target_error) {
    require(target_of(problem.loss) != nullptr, "a target error needs a target");
    add_target_error(network, population_of(problem.loss), *target_of(problem.loss), signal.target_width,
                     tape_, signals_);
  } else if (signal.forcing == Forcing::always)
    add_loss_gradient(objective_of(problem, signal.forcing), network, tape_, signals_);
  else
    add_loss_gradient(problem.loss, network, tape_, signals_);
  add_penalty_gradient(problem.regularisers, network, tape_, signals_);

  if (signal.score)
    for_each_drawn(network, clamp, [&](std::size_t t, std::size_t u, const auto& f) {
      signals_.excess[t][u] += advantage * f.log_slope(tape_.excess[t][u], tape_.output[t][u] != 0.0);
    });
  if (credit)
    for_each_drawn(network, clamp, [&](std::size_t t, std::size_t u, const auto& f) {
      if (const double l = (*credit)[t][u]; l != 0.0)
        signals_.excess[t][u] += l * f.derivative(tape_.excess[t][u]);
    });
  backward_.run(network, problem.parameters, tape_, clamp ? &*clamp : nullptr, signal.pseudo, signals_,
                gradient, problem.sent);
}

}  // namespace spikegrad
