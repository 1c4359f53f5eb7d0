// SPDX-License-Identifier: Apache-2.0
// An inner hair cell: how likely a fibre of the nerve fires in a step, given the membrane's velocity v.
//
// Three pools of transmitter, of R. Meddis, Simulation of mechanical to neural transduction in the auditory
// receptor, JASA 79, 1986, with the constants of his Simulation of auditory-neural transduction: further
// studies, JASA 83, 1988, as [C] uses them. Free transmitter q goes into the cleft (c), from there back
// (into w, reprocessed) or lost; a factory refills q up to m:
//
//   k(v) = g (v + A) / (v + A + B), 0 where v + A < 0
//   q' = y max(0, m - q) + x w - k q,   c' = k q - (l + r) c,   w' = r c - x w
//   probability of a spike in a step: h c dt
//
// Forward Euler; all pools of the right-hand side are those of before.
#if defined(SPIKEGRAD_COCHLEA_HAIR_CELL_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKEGRAD_COCHLEA_HAIR_CELL_INL_HPP
#undef SPIKEGRAD_COCHLEA_HAIR_CELL_INL_HPP
#else
#define SPIKEGRAD_COCHLEA_HAIR_CELL_INL_HPP
#endif

#include "spikegrad/data/cochlea/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::cochlea::HWY_NAMESPACE {

template <class T>
class HairCell {
 public:
  explicit HWY_INLINE HairCell(double dt)
      : dt_(dt), c_(rest_cleft()), q_(rest_cleft() * (l + r) / rest_release()), w_(rest_cleft() * r / x) {}

  /// One step: the probability that a fibre fires in it.
  HWY_INLINE T step(T velocity) {
    const T drive = velocity + T(a);
    const T release = select(T(0.0) < drive, T(g * dt_) * drive / (drive + T(b)), T(0.0));
    const T made = T(y * dt_) * max(T(m) - q_, T(0.0)), ejected = release * q_;
    const T reprocessed = T(x * dt_) * w_;
    const T taken_back = T(r * dt_) * c_, leaves = T((l + r) * dt_) * c_;
    q_ = max(q_ + made - ejected + reprocessed, T(0.0));
    c_ = max(c_ + ejected - leaves, T(0.0));
    w_ = max(w_ + taken_back - reprocessed, T(0.0));
    return T(h * dt_) * c_;
  }

 private:
  static constexpr double a = 5.0, b = 300.0;
  static constexpr double g = 2000.0, y = 5.05, l = 2500.0, r = 6580.0, x = 66.3, h = 50000.0;
  static constexpr double m = 1.0;
  /// In silence, for ever.
  static constexpr double rest_release() { return g * a / (a + b); }
  static constexpr double rest_cleft() { return m * y * rest_release() / (l * rest_release() + y * (l + r)); }
  double dt_;
  T c_, q_, w_;
};

}  // namespace spikegrad::cochlea::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
