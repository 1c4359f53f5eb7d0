// SPDX-License-Identifier: Apache-2.0
// The nerve of one channel and the bushy cell that it ends on, as in [C]: 40 fibres, silent for 1 ms after
// each of their spikes, and a leaky integrate-and-fire cell that sharpens their timing.
//
// Fibres of a channel are alike, so only their number matters: with n fibres that are not refractory, and a
// probability p each, the spikes of a step are Binomial(n, p), drawn by inversion. A fibre that fires in
// step t may fire again in step t + 8 (of 125 µs).
#if defined(SPIKEGRAD_COCHLEA_BUSHY_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKEGRAD_COCHLEA_BUSHY_INL_HPP
#undef SPIKEGRAD_COCHLEA_BUSHY_INL_HPP
#else
#define SPIKEGRAD_COCHLEA_BUSHY_INL_HPP
#endif

#include <array>
#include <cmath>

#include "spikegrad/data/cochlea/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::cochlea::HWY_NAMESPACE {

inline constexpr int fibres = 40;
/// 1 ms, of fibres and cell alike.
inline constexpr int refractory_steps = 8;

inline constexpr auto inverses = [] {
  std::array<double, fibres + 1> table{};
  for (int k = 1; k <= fibres; ++k) table[k] = 1.0 / k;
  return table;
}();

/// One number from Binomial(n, p), n at most `fibres`, for u uniform on (0, 1): the smallest k with
/// u < P(0) + … + P(k), where P(0) = (1 - p)^n and P(k) = P(k - 1) · p/(1 - p) · (n - k + 1)/k. Above p = 1/2
/// the spikes that do not come are counted, so that P(0) does not vanish.
template <class T>
HWY_INLINE T binomial(T n, T p, T u) {
  const auto few = p < T(0.5);
  const T q = select(few, p, max(T(1.0) - p, T(0.0)));
  T power = T(1.0) - q;
  const T odds = q / power;
  T term = 1.0, rest = n;
  for (int bit = 0; bit < 6; ++bit) {  // n < 64
    const T half = floor(rest * T(0.5));
    term = term * select(half + half < rest, power, T(1.0));
    power = power * power;
    rest = half;
  }
  T k = 0.0, left = u, free = n;
  for (int next = 1; next <= fibres; ++next) {
    const auto beyond = left >= term;
    if (!any(beyond)) break;
    k = k + select(beyond, T(1.0), T(0.0));
    left = left - term;
    term = term * odds * free * T(inverses[next]);
    free = max(free - T(1.0), T(0.0));
  }
  k = min(k, n);  // sums of rounded terms may end below 1
  return select(few, k, n - k);
}

template <class T>
class Nerve {
 public:
  HWY_INLINE Nerve() : free_(fibres) {
    for (T& spikes : recent_) spikes = 0.0;
  }
  HWY_INLINE T step(T probability, T u) {
    const T spikes = binomial(free_, probability, u);
    free_ = free_ - spikes + recent_[at_];
    recent_[at_] = spikes;
    at_ = at_ + 1 == refractory_steps - 1 ? 0 : at_ + 1;
    return spikes;
  }

 private:
  T recent_[refractory_steps - 1];
  T free_;
  int at_ = 0;
};

/// u' = -u/τ_m + w Σ i, i' = -i/τ_s + spikes; u is held at 1 for the step in which it gets there, then at 0
/// for 1 ms.
template <class T>
class BushyCell {
 public:
  explicit HWY_INLINE BushyCell(double dt)
      : decay_(std::exp(-dt / 1e-3)), current_decay_(std::exp(-dt / 5e-4)), weight_(13e3 / fibres * dt) {}

  /// Takes the spikes of a step; says whether the cell fired in the step before.
  HWY_INLINE auto step(T spikes) {
    const auto fired = u_ >= T(1.0);
    wait_ = select(fired, T(refractory_steps), wait_);
    current_ = current_ * T(current_decay_) + spikes;
    const T moved = min(u_ * T(decay_) + current_ * T(weight_), T(1.0));
    u_ = select(T(0.0) < wait_, T(0.0), moved);
    wait_ = max(wait_ - T(1.0), T(0.0));
    return fired;
  }

 private:
  double decay_, current_decay_, weight_;
  T u_ = 0.0, current_ = 0.0, wait_ = 0.0;
};

}  // namespace spikegrad::cochlea::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
