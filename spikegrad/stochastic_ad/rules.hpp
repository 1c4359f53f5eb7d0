// SPDX-License-Identifier: Apache-2.0
// Which alternatives a draw offers when its parameter moves.
//
// Let x ~ P(θ). Coupled by inversion, a small step of θ by δ > 0 changes x with a probability proportional to
// δ (the right stochastic derivative), a step by δ < 0 likewise (the left one); Arya et al. 2022, section 2.
// Both weights are linear in δ, so either formula may be used for either sign; and with a right alternative
// y_R of weight w_R and a left one y_L of weight w_L,
//
//   d E[f(x)]/dθ = E[ a w_R (f(y_R) - f(x)) + b w_L (f(y_L) - f(x)) ]     for every a + b = 1.
//
// A rule is a choice of (a, b).
#pragma once

#include <array>
#include <cstddef>

namespace spikegrad::stochastic_ad {

enum class Rule {
  automatic,         ///< the back end's own: `positive`, or `straight_through` when smoothed
  positive,          ///< right if δ > 0, left if δ < 0: every weight is positive
  right,             ///< a = 1, b = 0
  left,              ///< a = 0, b = 1
  two_sided,         ///< a = b = 1/2
  straight_through,  ///< a and b such that f(x) = x has the derivative of E[x] whatever x; dS/dp = 1 for a
                     ///< spike
};

/// The coefficients (a, b) of the right and the left alternative.
struct Mix {
  double right = 1, left = 0;
};

/// One alternative outcome and its weight: the probability, per unit of the program's parameter, of finding
/// it in place of the value.
template <class T, class Weight = double>
struct Jump {
  T alternative{};
  Weight weight{};
};

/// The alternatives that one draw adds along one direction; no draw has more than four.
template <class T>
class Jumps {
 public:
  void add(T alternative, double weight) {
    if (weight != 0) jumps_[size_++] = {alternative, weight};
  }
  bool empty() const { return size_ == 0; }
  const Jump<T>* begin() const { return jumps_.data(); }
  const Jump<T>* end() const { return jumps_.data() + size_; }

 private:
  std::array<Jump<T>, 4> jumps_;
  std::size_t size_ = 0;
};

/// The coefficients of `rule` for a parameter that moves by δ. `straight_through` is the distribution's own
/// pair. Where one side does not exist (p = 0 or 1, λ = 0: it would need an impossible draw) the other takes
/// all.
inline Mix mix_of(Rule rule, double delta, const Mix& straight_through, bool has_right, bool has_left) {
  if (!has_left) return {1, 0};
  if (!has_right) return {0, 1};
  if (rule == Rule::positive) return delta > 0 ? Mix{1, 0} : Mix{0, 1};
  switch (rule) {
    case Rule::right:
      return {1, 0};
    case Rule::left:
      return {0, 1};
    case Rule::two_sided:
      return {0.5, 0.5};
    case Rule::straight_through:
      return straight_through;
    case Rule::automatic:
    case Rule::positive:
      break;
  }
  return delta > 0 ? Mix{1, 0} : Mix{0, 1};
}

}  // namespace spikegrad::stochastic_ad
