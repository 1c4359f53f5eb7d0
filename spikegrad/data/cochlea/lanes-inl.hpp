// SPDX-License-Identifier: Apache-2.0
// Several channels of the cochlea side by side: a vector of floats as a number type. Included once for every
// instruction set. `double` is the other number type of the equations, for the oracle of the tests.
#if defined(SPIKEGRAD_COCHLEA_LANES_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKEGRAD_COCHLEA_LANES_INL_HPP
#undef SPIKEGRAD_COCHLEA_LANES_INL_HPP
#else
#define SPIKEGRAD_COCHLEA_LANES_INL_HPP
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace spikegrad::cochlea::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 8>;
inline constexpr std::size_t lanes = hn::MaxLanes(D());

struct Where {
  hn::Mask<D> raw;
  friend HWY_INLINE Where operator&(Where a, Where b) { return {hn::And(a.raw, b.raw)}; }
};

struct Lanes {
  hn::Vec<D> raw;

  Lanes() = default;
  HWY_INLINE Lanes(hn::Vec<D> v) : raw(v) {}
  HWY_INLINE Lanes(double c) : raw(hn::Set(D(), static_cast<float>(c))) {}

  friend HWY_INLINE Lanes operator+(Lanes a, Lanes b) { return hn::Add(a.raw, b.raw); }
  friend HWY_INLINE Lanes operator-(Lanes a, Lanes b) { return hn::Sub(a.raw, b.raw); }
  friend HWY_INLINE Lanes operator*(Lanes a, Lanes b) { return hn::Mul(a.raw, b.raw); }
  friend HWY_INLINE Lanes operator/(Lanes a, Lanes b) { return hn::Div(a.raw, b.raw); }
  friend HWY_INLINE Where operator<(Lanes a, Lanes b) { return {hn::Lt(a.raw, b.raw)}; }
  friend HWY_INLINE Where operator>=(Lanes a, Lanes b) { return {hn::Ge(a.raw, b.raw)}; }
};

HWY_INLINE Lanes select(Where c, Lanes a, Lanes b) {
  return hn::IfThenElse(c.raw, a.raw, b.raw);
}
HWY_INLINE Lanes max(Lanes a, Lanes b) {
  return hn::Max(a.raw, b.raw);
}
HWY_INLINE Lanes min(Lanes a, Lanes b) {
  return hn::Min(a.raw, b.raw);
}
HWY_INLINE bool any(Where c) {
  return !hn::AllFalse(D(), c.raw);
}
HWY_INLINE Lanes floor(Lanes a) {
  return hn::Floor(a.raw);
}

HWY_INLINE double select(bool c, double a, double b) {
  return c ? a : b;
}
HWY_INLINE double max(double a, double b) {
  return a > b ? a : b;
}
HWY_INLINE double min(double a, double b) {
  return a < b ? a : b;
}
HWY_INLINE bool any(bool c) {
  return c;
}
HWY_INLINE double floor(double a) {
  return static_cast<double>(static_cast<long long>(a));
}

/// How numbers lie in memory.
template <class T>
struct Memory;
template <>
struct Memory<double> {
  using Real = double;
  static constexpr std::size_t width = 1;
  static HWY_INLINE double load(const double* at) { return *at; }
  static HWY_INLINE void store(double value, double* at) { *at = value; }
};
template <>
struct Memory<Lanes> {
  using Real = float;
  static constexpr std::size_t width = lanes;
  static HWY_INLINE Lanes load(const float* at) { return hn::LoadU(D(), at); }
  static HWY_INLINE void store(Lanes value, float* at) { hn::StoreU(value.raw, D(), at); }
};

}  // namespace spikegrad::cochlea::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
