// SPDX-License-Identifier: Apache-2.0
// A vector of floats as a number type: what neuron/equations.hpp asks of one, and no more.
#if defined(SPIKEGRAD_CPU_FLOATS_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKEGRAD_CPU_FLOATS_INL_HPP
#undef SPIKEGRAD_CPU_FLOATS_INL_HPP
#else
#define SPIKEGRAD_CPU_FLOATS_INL_HPP
#endif

#include <hwy/contrib/math/math-inl.h>

#include <type_traits>

#include "spikegrad/engine/cpu/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::cpu::HWY_NAMESPACE {

/// What a comparison says, lane by lane.
struct Condition {
  M raw;
};

struct Floats {
  V raw;

  Floats() = default;
  HWY_INLINE Floats(V v) : raw(v) {}
  /// A constant in all lanes.
  HWY_INLINE Floats(double c) : raw(hn::Set(D(), static_cast<float>(c))) {}

  friend HWY_INLINE Floats operator-(Floats a) { return hn::Neg(a.raw); }
  friend HWY_INLINE Floats operator+(Floats a, Floats b) { return hn::Add(a.raw, b.raw); }
  friend HWY_INLINE Floats operator-(Floats a, Floats b) { return hn::Sub(a.raw, b.raw); }
  friend HWY_INLINE Floats operator*(Floats a, Floats b) { return hn::Mul(a.raw, b.raw); }
  friend HWY_INLINE Floats operator/(Floats a, Floats b) { return hn::Div(a.raw, b.raw); }
  friend HWY_INLINE Floats operator/(Floats a, double b) { return a * Floats(1.0 / b); }

  friend HWY_INLINE Condition operator<(Floats a, Floats b) { return {hn::Lt(a.raw, b.raw)}; }
  friend HWY_INLINE Condition operator>(Floats a, Floats b) { return {hn::Gt(a.raw, b.raw)}; }
  friend HWY_INLINE Condition operator<=(Floats a, Floats b) { return {hn::Le(a.raw, b.raw)}; }
  friend HWY_INLINE Condition operator>=(Floats a, Floats b) { return {hn::Ge(a.raw, b.raw)}; }
};

HWY_INLINE Floats select(Condition c, Floats a, Floats b) {
  return hn::IfThenElse(c.raw, a.raw, b.raw);
}

template <class... T>
inline constexpr bool some_floats = (std::is_same_v<T, Floats> || ...);
template <class A, class B, class C>
requires some_floats<A, B, C> HWY_INLINE Floats mul_add(const A& a, const B& b, const C& c) {
  return hn::MulAdd(Floats(a).raw, Floats(b).raw, Floats(c).raw);
}
template <class A, class B, class C>
requires some_floats<A, B, C> HWY_INLINE Floats neg_mul_add(const A& a, const B& b, const C& c) {
  return hn::NegMulAdd(Floats(a).raw, Floats(b).raw, Floats(c).raw);
}

HWY_INLINE Floats abs(Floats x) {
  return hn::Abs(x.raw);
}
HWY_INLINE Floats min(Floats a, Floats b) {
  return hn::Min(a.raw, b.raw);
}
HWY_INLINE Floats max(Floats a, Floats b) {
  return hn::Max(a.raw, b.raw);
}
HWY_INLINE Floats sqrt(Floats x) {
  return hn::Sqrt(x.raw);
}
HWY_INLINE Floats exp(Floats x) {
  return hn::Exp(D(), x.raw);
}
HWY_INLINE Floats expm1(Floats x) {
  return hn::Expm1(D(), x.raw);
}
HWY_INLINE Floats log(Floats x) {
  return hn::Log(D(), x.raw);
}
HWY_INLINE Floats log1p(Floats x) {
  return hn::Log1p(D(), x.raw);
}
HWY_INLINE Floats sin(Floats x) {
  return hn::Sin(D(), x.raw);
}
HWY_INLINE Floats cos(Floats x) {
  return hn::Cos(D(), x.raw);
}
HWY_INLINE Floats tanh(Floats x) {
  return hn::Tanh(D(), x.raw);
}
HWY_INLINE Floats atan(Floats x) {
  return hn::Atan(D(), x.raw);
}

/// λ and 1 - λ, of a layer's time constant or of each slot's; a gain or a threshold, as a value.
struct Decay {
  Floats value, rest;

  explicit HWY_INLINE operator Floats() const { return value; }

  friend HWY_INLINE Floats operator*(const Decay& a, Floats b) { return a.value * b; }
  friend HWY_INLINE Floats complement(const Decay& a) { return a.rest; }
};

constexpr NumberRange range_of(const Floats&) {
  return {80.0, 1e-30};
}

}  // namespace spikegrad::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
