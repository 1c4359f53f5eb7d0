// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/estimator/counterfactual.hpp"

#include <algorithm>

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
  const double other = flipped_.forward(problem, signal_, forced, k.slot.step);
  return spiked ? loss - other : other - loss;
}

double Counterfactual::sample(const Problem& problem, Draws& draws, std::span<double> gradient) {
  const double loss = engine_.forward(problem, signal_, draws);
  find_candidates(problem);
  flipped_.tape() = engine_.tape();
  credit_.resize(problem.network.steps(), problem.network.unit_count());
  credit_.fill(0.0);
  for (const Candidate& k : candidates_) credit_[k.slot.step][k.column] = difference(problem, draws, k, loss);
  engine_.backward(problem, signal_, loss, &credit_, gradient);
  return loss;
}

double CounterfactualSampled::sample(const Problem& problem, Draws& draws, std::span<double> gradient) {
  const double loss = engine_.forward(problem, signal_, draws);
  find_candidates(problem);
  flipped_.tape() = engine_.tape();
  credit_.resize(problem.network.steps(), problem.network.unit_count());
  credit_.fill(0.0);

  double total = 0.0;
  cumulative_.clear();
  for (const Candidate& k : candidates_) cumulative_.push_back(total += k.slope);
  chosen_.clear();
  for (std::size_t m = 0; m < count_ && !candidates_.empty(); ++m) {
    // Inversion by bisection: the first candidate whose cumulative probability exceeds the m-th auxiliary
    // number.
    std::size_t low = 0, high = candidates_.size() - 1;
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (draws.auxiliary_below(static_cast<std::uint32_t>(m), cumulative_[middle] / total))
        high = middle;
      else
        low = middle + 1;
    }
    chosen_.push_back(low);
  }
  std::sort(chosen_.begin(), chosen_.end());  // candidates come last step first, as difference() needs them
  for (std::size_t c = 0; c < chosen_.size();) {
    const Candidate& k = candidates_[chosen_[c]];
    const auto end = std::upper_bound(chosen_.begin(), chosen_.end(), chosen_[c]) - chosen_.begin();
    const double times = static_cast<double>(static_cast<std::size_t>(end) - c);
    const double q = k.slope / total;
    credit_[k.slot.step][k.column] =
        difference(problem, draws, k, loss) * times / (static_cast<double>(count_) * q);
    c = static_cast<std::size_t>(end);
  }
  engine_.backward(problem, signal_, loss, &credit_, gradient);
  return loss;
}

}  // namespace spikegrad
