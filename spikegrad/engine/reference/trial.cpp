// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/reference/trial.hpp"

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/reference/forward.hpp"

namespace spikegrad {

double ReferenceTrial::forward(const Problem& problem, Draws& draws, std::size_t first_step) {
  const LearningSignal& signal = lowering_.signal;
  const auto clamp = clamp_for(problem.loss, signal.forcing);
  spikegrad::forward<double>(
      problem.network, problem.parameters, problem.input, signal.forward, clamp ? &*clamp : nullptr,
      [&](const Slot& slot, double p) { return draws.below(slot, p) ? 1.0 : 0.0; }, tape_, first_step,
      problem.dropout_scale, problem.done);
  penalty_ = penalty_value(problem.regularisers, problem.network, tape_);
  const Loss& loss = loss_of_pass(problem.loss, signal.forcing, forced_loss_);
  return loss_value(loss, problem.network, tape_) + penalty_;
}

void ReferenceTrial::backward(const Problem& problem, double advantage, std::span<const SpikeCredit> credits,
                              std::span<double> gradient, std::span<const NumberSpan> input_gradients) {
  const Network& network = problem.network;
  const LearningSignal& signal = lowering_.signal;
  signals_.reset(network.steps(), network.unit_count());
  add_loss_signals(signal, loss_of_pass(problem.loss, signal.forcing, forced_loss_), network, tape_,
                   signals_);
  add_penalty_gradient(problem.regularisers, network, tape_, signals_);

  for (std::size_t p = 0; signal.score && p < network.populations().size(); ++p) {
    if (lowering_.populations[p].firing != Firing::drawn) continue;
    const std::size_t first = network.layout(p).unit_offset, size = network.populations()[p].size();
    std::visit(
        [&](const auto& f) {
          for (std::size_t t = 0; t < network.steps(); ++t)
            for (std::size_t u = first; u < first + size; ++u)
              signals_.excess[t][u] +=
                  advantage * equations::log_slope(f, tape_.excess[t][u], tape_.output[t][u] != 0.0);
        },
        network.populations()[p].escape);
  }
  for (const SpikeCredit& credit : credits) {
    require(signal.credit && lowering_.populations[credit.slot.population].firing == Firing::drawn,
            "a credit is for a spike that is not drawn");
    const std::size_t u = network.layout(credit.slot.population).unit_offset + credit.slot.unit;
    const double x = tape_.excess[credit.slot.step][u];
    signals_.excess[credit.slot.step][u] +=
        credit.difference * std::visit([x](const auto& f) { return equations::derivative(f, x); },
                                       network.populations()[credit.slot.population].escape);
  }
  backward_.run(network, problem.parameters, tape_, lowering_, signals_, gradient, problem.dropout_scale,
                input_gradients, problem.done);
}

}  // namespace spikegrad
