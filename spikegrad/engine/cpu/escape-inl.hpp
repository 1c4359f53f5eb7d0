// SPDX-License-Identifier: Apache-2.0
// neuron/escape/ and neuron/surrogate/ in vectors of floats; formulas and sources stand there, and
// tests/engine/cpu_kernels_test.cpp compares the two over the whole range.
#if defined(SPIKEGRAD_CPU_ESCAPE_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKEGRAD_CPU_ESCAPE_INL_HPP
#undef SPIKEGRAD_CPU_ESCAPE_INL_HPP
#else
#define SPIKEGRAD_CPU_ESCAPE_INL_HPP
#endif

#include <hwy/contrib/math/math-inl.h>

#include "spikegrad/engine/cpu/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::cpu::HWY_NAMESPACE {

/// exp(-|y|), the part that all sigmoid formulas share.
HWY_INLINE V exp_minus_abs(V y) {
  const D d;
  return hn::Exp(d, hn::Neg(hn::Abs(y)));
}

/// r = ρ(x) dt. The exponent is cut where p is 1 and f' is 0 to the last bit of a float.
HWY_INLINE V hazard(const EscapeSpec& f, V x) {
  const D d;
  const V exponent = hn::MulAdd(x, hn::Set(d, f.inv_width), hn::Set(d, f.log_scale));
  return hn::Exp(d, hn::Min(exponent, hn::Set(d, 60.0f)));
}

/// log p before it is clipped at 0.
HWY_INLINE V log_clipped(const EscapeSpec& f, V x) {
  const D d;
  return hn::MulAdd(x, hn::Set(d, f.inv_width), hn::Set(d, f.log_scale));
}
HWY_INLINE V exp_clipped(V log_p) {
  const D d;
  return hn::Exp(d, hn::Min(log_p, hn::Zero(d)));
}

HWY_INLINE V probability(const EscapeSpec& f, V x) {
  const D d;
  const V one = hn::Set(d, 1.0f);
  switch (f.kind) {
    case EscapeKind::sigmoid: {
      const V e = exp_minus_abs(hn::Mul(x, hn::Set(d, f.beta)));
      return hn::Div(hn::IfThenElse(hn::Gt(x, hn::Zero(d)), one, e), hn::Add(one, e));
    }
    case EscapeKind::exponential_hazard:
      return hn::Neg(hn::Expm1(d, hn::Neg(hazard(f, x))));
    case EscapeKind::clipped_exponential:
      return exp_clipped(log_clipped(f, x));
    case EscapeKind::superspike:
      break;
  }
  const V tail = hn::Div(hn::Set(d, 0.5f), hn::MulAdd(hn::Abs(x), hn::Set(d, f.beta), one));
  return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), hn::Sub(one, tail), tail);
}

HWY_INLINE V sigmoid_derivative(float beta, V x) {
  const D d;
  const V e = exp_minus_abs(hn::Mul(x, hn::Set(d, beta))), s = hn::Add(hn::Set(d, 1.0f), e);
  return hn::Div(hn::Mul(hn::Set(d, beta), e), hn::Mul(s, s));
}

/// a / (1 + b|x|)².
HWY_INLINE V inverse_square(float a, float b, V x) {
  const D d;
  const V s = hn::MulAdd(hn::Abs(x), hn::Set(d, b), hn::Set(d, 1.0f));
  return hn::Div(hn::Set(d, a), hn::Mul(s, s));
}

HWY_INLINE V escape_derivative(const EscapeSpec& f, V x) {
  const D d;
  switch (f.kind) {
    case EscapeKind::sigmoid:
      return sigmoid_derivative(f.beta, x);
    case EscapeKind::exponential_hazard: {
      const V r = hazard(f, x);
      return hn::Mul(hn::Mul(r, hn::Set(d, f.inv_width)), hn::Exp(d, hn::Neg(r)));
    }
    case EscapeKind::clipped_exponential: {
      const V log_p = log_clipped(f, x);
      return hn::IfThenElseZero(hn::Lt(log_p, hn::Zero(d)),
                                hn::Mul(exp_clipped(log_p), hn::Set(d, f.inv_width)));
    }
    case EscapeKind::superspike:
      break;
  }
  return inverse_square(0.5f * f.beta, f.beta, x);
}

/// d log P(S)/dx.
HWY_INLINE V log_slope(const EscapeSpec& f, V x, M spiked) {
  const D d;
  const V one = hn::Set(d, 1.0f);
  switch (f.kind) {
    case EscapeKind::sigmoid: {  // β f(-x) of a spike, -β f(x) of none
      const V y = hn::IfThenElse(spiked, hn::Neg(x), x), beta = hn::Set(d, f.beta);
      const V slope = hn::Mul(beta, probability(f, y));
      return hn::IfThenElse(spiked, slope, hn::Neg(slope));
    }
    case EscapeKind::exponential_hazard: {
      const V r = hazard(f, x), inv_width = hn::Set(d, f.inv_width);
      const V ratio = hn::Div(r, hn::Expm1(d, hn::Min(r, hn::Set(d, 80.0f))));
      const V tail = hn::IfThenElseZero(hn::Lt(r, hn::Set(d, 80.0f)), ratio);
      const V of_spike = hn::IfThenElse(hn::Lt(r, hn::Set(d, 1e-30f)), one, tail);  // there the ratio is 0/0
      return hn::Mul(inv_width, hn::IfThenElse(spiked, of_spike, hn::Neg(r)));
    }
    case EscapeKind::clipped_exponential: {
      const V log_p = log_clipped(f, x);  // -p/(1 - p) = p/expm1(log p)
      const V of_none = hn::Div(exp_clipped(log_p), hn::Expm1(d, hn::Min(log_p, hn::Zero(d))));
      const V slope = hn::IfThenElse(spiked, one, of_none);
      return hn::IfThenElseZero(hn::Lt(log_p, hn::Zero(d)), hn::Mul(hn::Set(d, f.inv_width), slope));
    }
    case EscapeKind::superspike:
      break;
  }
  const V y = hn::IfThenElse(spiked, x, hn::Neg(x));
  const V slope = hn::Div(escape_derivative(f, x), probability(f, y));
  return hn::IfThenElse(spiked, slope, hn::Neg(slope));
}

/// a exp(b (x - c)²).
HWY_INLINE V gaussian(float a, float b, float c, V x) {
  const D d;
  const V y = hn::Sub(x, hn::Set(d, c));
  return hn::Mul(hn::Set(d, a), hn::Exp(d, hn::Mul(hn::Mul(y, y), hn::Set(d, b))));
}

HWY_INLINE V table(const SlopeSpec& g, V x) {
  const D d;
  V y = hn::Zero(d);
  for (std::size_t i = 0; i + 1 < g.points; ++i) {
    const V at = hn::Sub(x, hn::Set(d, g.x[i]));
    const V line = hn::MulAdd(at, hn::Set(d, g.dy[i]), hn::Set(d, g.y[i]));
    y = hn::IfThenElse(hn::Ge(x, hn::Set(d, g.x[i])), line, y);
  }
  return hn::IfThenZeroElse(hn::Gt(x, hn::Set(d, g.x[g.points - 1])), y);
}

/// φ' at x of a unit with output s.
HWY_INLINE V slope(const SlopeSpec& g, V x, V s) {
  const D d;
  switch (g.kind) {
    case SlopeKind::superspike:
      return inverse_square(1.0f, g.a, x);
    case SlopeKind::zero:
      return hn::Zero(d);
    case SlopeKind::one:
      return hn::Set(d, 1.0f);
    case SlopeKind::output:
      return s;
    case SlopeKind::escape:
      return escape_derivative(g.escape, x);
    case SlopeKind::sigmoid:
      return sigmoid_derivative(g.a, x);
    case SlopeKind::exponential:
      return exp_minus_abs(hn::Mul(x, hn::Set(d, g.a)));
    case SlopeKind::triangular:
      return hn::Mul(hn::Set(d, g.b),
                     hn::Max(hn::Zero(d), hn::NegMulAdd(hn::Abs(x), hn::Set(d, g.a), hn::Set(d, 1.0f))));
    case SlopeKind::rectangular:
      return hn::IfThenElseZero(hn::Lt(hn::Abs(x), hn::Set(d, g.a)), hn::Set(d, g.b));
    case SlopeKind::gaussian:
      return gaussian(g.a, g.b, 0.0f, x);
    case SlopeKind::arctan: {
      const V y = hn::Mul(x, hn::Set(d, g.a));
      return hn::Div(hn::Set(d, g.b), hn::MulAdd(y, y, hn::Set(d, 1.0f)));
    }
    case SlopeKind::multi_gaussian:
      return hn::Sub(gaussian(g.a, g.b, 0.0f, x),
                     hn::Add(gaussian(g.c, g.d, g.e, x), gaussian(g.c, g.d, -g.e, x)));
    case SlopeKind::table:
      break;
  }
  return table(g, x);
}

// The same for n vectors in memory. Out of line: unrolled into every loop that wants them, these formulas
// would take minutes to compile and gain nothing, since each costs far more than a call.
HWY_NOINLINE inline void probabilities(const EscapeSpec& f, const V* x, V* p, int n) {
  for (int v = 0; v < n; ++v) p[v] = probability(f, x[v]);
}
HWY_NOINLINE inline void slopes(const SlopeSpec& g, const V* x, const V* s, V* out, int n) {
  for (int v = 0; v < n; ++v) out[v] = slope(g, x[v], s[v]);
}
/// out += advantage · d log P(S)/dx
HWY_NOINLINE inline void add_scores(const EscapeSpec& f, float advantage, const V* x, const M* spiked, V* out,
                                    int n) {
  const D d;
  for (int v = 0; v < n; ++v)
    out[v] = hn::MulAdd(hn::Set(d, advantage), log_slope(f, x[v], spiked[v]), out[v]);
}

}  // namespace spikegrad::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
