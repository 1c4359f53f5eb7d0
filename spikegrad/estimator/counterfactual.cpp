// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/estimator/counterfactual.hpp"

#include "spikegrad/estimator/flip_choice.hpp"

namespace spikegrad {

void Counterfactual::find_candidates(const Problem& problem) {
  const Network& network = problem.network;
  const auto clamp = clamp_of(problem.loss);
  candidates_.clear();
  for (std::size_t t = network.steps(); t-- > 0;)
    for (std::size_t p = 0; p < network.populations().size(); ++p) {
      if (!is_drawn(network, p, clamp)) continue;
      const std::size_t first = network.layout(p).unit_offset;
      for (std::size_t i = 0; i < network.populations()[p].size(); ++i) {
        const double x = engine_.tape().excess[t][first + i];
        const double slope =
            std::visit([x](const auto& f) { return f.derivative(x); }, network.populations()[p].escape);
        if (slope > 0.0)
          candidates_.push_back(
              {{static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(t)},
               first + i,
               slope});
      }
    }
}

double Counterfactual::difference(const Problem& problem, Draws& draws, const Candidate& k, double loss) {
  const bool spiked = engine_.tape().output[k.slot.step][k.column] != 0.0;
  ForcedDraws forced(draws, k.slot, !spiked);
  const double other = flipped_.forward(problem, pass, forced, k.slot.step);
  return spiked ? loss - other : other - loss;
}

double Counterfactual::sample(const Problem& problem, Draws& draws, std::span<double> gradient) {
  const double loss = engine_.forward(problem, pass, draws);
  find_candidates(problem);
  flipped_.tape() = engine_.tape();
  credit_.resize(problem.network.steps(), problem.network.unit_count());
  credit_.fill(0.0);
  for (const Candidate& k : candidates_) credit_[k.slot.step][k.column] = difference(problem, draws, k, loss);
  engine_.backward(problem, pass, loss, &credit_, gradient);
  return loss;
}

double CounterfactualSampled::sample(const Problem& problem, Draws& draws, std::span<double> gradient) {
  const double loss = engine_.forward(problem, pass, draws);
  find_candidates(problem);
  flipped_.tape() = engine_.tape();
  credit_.resize(problem.network.steps(), problem.network.unit_count());
  credit_.fill(0.0);

  slopes_.clear();
  for (const Candidate& k : candidates_) slopes_.push_back(k.slope);
  // Candidates come last step first, and so do the chosen ones, as difference() needs them.
  for (const FlipChoice& choice : choose_flips(slopes_, count_, draws)) {
    const Candidate& k = candidates_[choice.candidate];
    credit_[k.slot.step][k.column] = difference(problem, draws, k, loss) * choice.times;
  }
  engine_.backward(problem, pass, loss, &credit_, gradient);
  return loss;
}

}  // namespace spikegrad
