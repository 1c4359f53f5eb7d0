// SPDX-License-Identifier: Apache-2.0
// Backward: the adjoint of forward.cpp, last step first; equations in engine/backward.hpp and Lif's
// advance_adjoint. D̄ takes the place of x, which is not needed again.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spikegrad/engine/cpu/backward.cpp"
#include "spikegrad/engine/cpu/targets.hpp"
//
#include <hwy/foreach_target.h>
//
#include "spikegrad/engine/cpu/escape-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::cpu::HWY_NAMESPACE {

template <int n>
HWY_INLINE void load_outputs(const BackwardArgs& a, std::size_t at, std::size_t t, M (&spiked)[n],
                             V (&s)[n]) {
  const D d;
  if (a.output) {
    for (int v = 0; v < n; ++v) {
      s[v] = hn::LoadU(d, a.output + t * a.pitch + at + v * lanes);
      spiked[v] = hn::Ne(s[v], hn::Zero(d));
    }
    return;
  }
  load_bits(a.mask + t * a.mask_pitch + at / 8, spiked);
  for (int v = 0; v < n; ++v) s[v] = hn::IfThenElseZero(spiked[v], hn::Set(d, 1.0f));
}

/// What the reset lets through of ∂L/∂u[t+1]: to u[t] and I[t] by the leak and the gain, and to the spike.
template <Reset reset>
HWY_INLINE V through_reset(const LayerSpec& layer, V adj_u, V x, V pre_reset) {
  const D d;
  if constexpr (reset == Reset::multiplicative) return hn::Neg(hn::Mul(adj_u, pre_reset));
  if constexpr (reset == Reset::multiplicative_leak) {
    const V u = hn::Add(x, hn::Set(d, layer.threshold));
    return hn::Neg(hn::Mul(adj_u, hn::Mul(hn::Set(d, layer.leak), u)));
  }
  if constexpr (reset == Reset::subtractive) return hn::Neg(hn::Mul(adj_u, hn::Set(d, layer.threshold)));
  return hn::Zero(d);
}

/// adj_x *= φ'. SuperSpike, the usual one, stays in the loop.
template <int n>
HWY_INLINE void times_slopes(const SlopeSpec& slope, bool usual, const SuperSpikeSurrogate& superspike,
                             const V (&x)[n], const V (&s)[n], V (&adj_x)[n]) {
  if (usual) {
    for (int v = 0; v < n; ++v) adj_x[v] = hn::Mul(adj_x[v], equations::slope(superspike, Floats(x[v])).raw);
    return;
  }
  V at_x[n], at_s[n], out[n];
  for (int v = 0; v < n; ++v) at_x[v] = x[v], at_s[v] = s[v];
  slopes(slope, at_x, at_s, out, n);
  for (int v = 0; v < n; ++v) adj_x[v] = hn::Mul(adj_x[v], out[v]);
}

/// The adjoint of GeneralLayer in forward.cpp: adj_u and adj_current of step t + 1 become those of t, but for
/// x̄; adj_s gets what goes to the spike by reset and adaptation; ∂L/∂λ grows.
template <int n>
struct GeneralAdjoint {
  OwnRates<n> rates;
  V adj_adaptation[n], adj_leak[n], adj_decay[n], adj_adapt[n];

  HWY_INLINE void load(const BackwardArgs& a, std::size_t at) {
    const D d;
    rates.load(a, at);
    for (int v = 0; v < n; ++v) {
      adj_adaptation[v] = hn::LoadU(d, a.adj_adaptation + at + v * lanes);
      adj_leak[v] = adj_decay[v] = adj_adapt[v] = hn::Zero(d);
    }
  }
  HWY_INLINE void step(const BackwardArgs& a, std::size_t at, std::size_t t, bool differentiate,
                       const V (&x)[n], const V (&s)[n], V (&adj_u)[n], V (&adj_current)[n], V (&adj_s)[n]) {
    const D d;
    const LayerSpec& layer = *a.layer;
    const V taken_leak = hn::Set(d, layer.taken_leak), taken_gain = hn::Set(d, layer.taken_gain);
    for (int v = 0; v < n; ++v) {
      const std::size_t place = t * a.pitch + at + v * lanes;
      const V pass_leak = hn::NegMulAdd(taken_leak, s[v], hn::Set(d, 1.0f));
      const V pass_gain = hn::NegMulAdd(taken_gain, s[v], hn::Set(d, 1.0f));
      if (a.current_rows) {
        const V current = hn::LoadU(d, a.current_rows + place);
        V u = hn::Add(x[v], hn::Set(d, layer.threshold));
        if (a.adaptation_rows) {
          const V adaptation = hn::LoadU(d, a.adaptation_rows + place);
          u = hn::MulAdd(hn::Set(d, layer.adaptation), adaptation, u);
          adj_adapt[v] = hn::MulAdd(adj_adaptation[v], hn::Sub(adaptation, s[v]), adj_adapt[v]);
        }
        const V change = hn::Sub(hn::Mul(pass_leak, u), hn::Mul(pass_gain, current));
        adj_leak[v] = hn::MulAdd(adj_u[v], change, adj_leak[v]);
        adj_decay[v] = hn::MulAdd(adj_current[v], current, adj_decay[v]);
        if (differentiate) {
          const V kept = hn::Mul(hn::Mul(taken_leak, rates.leak[v]), u);
          const V gained = hn::Mul(hn::Mul(taken_gain, rates.gain[v]), current);
          const V taken = hn::Add(hn::Add(kept, gained), hn::Set(d, layer.taken));
          adj_s[v] = hn::NegMulAdd(adj_u[v], taken, adj_s[v]);
        }
      }
      adj_s[v] = hn::MulAdd(rates.adapt_gain[v], adj_adaptation[v], adj_s[v]);
      adj_adaptation[v] = hn::Mul(rates.adapt[v], adj_adaptation[v]);
      adj_current[v] =
          hn::MulAdd(rates.gain[v], hn::Mul(pass_gain, adj_u[v]), hn::Mul(rates.decay[v], adj_current[v]));
      adj_u[v] = hn::Mul(rates.leak[v], hn::Mul(pass_leak, adj_u[v]));
    }
  }
  HWY_INLINE void lower(const LayerSpec& layer, int v, V adj_x) {
    adj_adaptation[v] = hn::NegMulAdd(hn::Set(D(), layer.adaptation), adj_x, adj_adaptation[v]);
  }
  HWY_INLINE void store(const BackwardArgs& a, std::size_t at) const {
    const D d;
    for (int v = 0; v < n; ++v) {
      hn::StoreU(adj_adaptation[v], d, a.adj_adaptation + at + v * lanes);
      if (!a.adj_decays) continue;
      float* rows = a.adj_decays + at + v * lanes;
      const V* parts[] = {&adj_leak[v], &adj_decay[v], &adj_adapt[v]};
      for (std::size_t k = 0; k < most_time_constants; ++k, rows += a.rates_pitch)
        hn::StoreU(hn::Add(hn::LoadU(d, rows), *parts[k]), d, rows);
    }
  }
};

template <int n, Reset reset, Model model>
HWY_NOINLINE void backward_chunk(const BackwardArgs& a, std::size_t at) {
  constexpr bool memoryless = model == Model::memoryless, general = model == Model::general;
  const D d;
  const LayerSpec& layer = *a.layer;
  [[maybe_unused]] GeneralAdjoint<general ? n : 1> own;
  if constexpr (general) own.load(a, at);
  const bool silent = layer.fire == Fire::none;      // a readout: no output of its own, slope 1
  const bool clamped = layer.fire == Fire::clamped;  // given spikes do not depend on x
  const bool differentiate = layer.differentiate_reset && !clamped && !silent;
  // Rounded before the loop, which would else wait for a conversion in every step.
  const auto* given = std::get_if<SuperSpikeSurrogate>(&layer.slope.surrogate);
  const bool usual = layer.slope.kind == SlopeKind::surrogate && given;
  const float beta = usual ? static_cast<float>(given->beta) : 0.0f;
  const SuperSpikeSurrogate superspike{.beta = double{beta}};
  const V leak = hn::Set(d, layer.leak), gain = hn::Set(d, layer.gain), decay = hn::Set(d, layer.decay);
  V adj_u[n], adj_current[n];
  for (int v = 0; v < n; ++v) {
    adj_u[v] = hn::LoadU(d, a.adj_u + at + v * lanes);
    adj_current[v] = hn::LoadU(d, a.adj_current + at + v * lanes);
  }
  for (std::size_t t = a.end; t-- > a.begin;) {
    float* row = a.rows + t * a.pitch + at;
    const float* signal = a.signal ? a.signal + t * a.signal_pitch + at : nullptr;
    V x[n], s[n], adj_x[n];
    M spiked[n];
    for (int v = 0; v < n; ++v) {
      x[v] = hn::LoadU(d, row + v * lanes);
      adj_x[v] = signal ? hn::LoadU(d, signal + v * lanes) : hn::Zero(d);
      s[v] = hn::Zero(d);
      spiked[v] = hn::MaskFromVec(s[v]);
    }
    if (!silent) load_outputs(a, at, t, spiked, s);
    if constexpr (general) own.step(a, at, t, differentiate, x, s, adj_u, adj_current, adj_x);
    for (int v = 0; v < n; ++v) {
      if constexpr (model == Model::lif) {
        if (differentiate) {
          const V pre =
              layer.keep_pre_reset ? hn::LoadU(d, a.pre_reset + t * a.pitch + at + v * lanes) : x[v];
          adj_x[v] = hn::Add(adj_x[v], through_reset<reset>(layer, adj_u[v], x[v], pre));
        }
        const V stopped = hn::NegMulAdd(adj_u[v], s[v], adj_u[v]);
        const V to_leak =
            reset == Reset::multiplicative || reset == Reset::multiplicative_leak ? stopped : adj_u[v];
        const V to_gain = reset == Reset::multiplicative ? stopped : adj_u[v];
        adj_current[v] = hn::MulAdd(gain, to_gain, hn::Mul(decay, adj_current[v]));
        adj_u[v] = hn::Mul(leak, to_leak);
      }
    }
    if (clamped)
      for (int v = 0; v < n; ++v) adj_x[v] = hn::Zero(d);
    else if (!silent && (signal || differentiate || (general && layer.adapts)))
      times_slopes<n>(layer.slope, usual, superspike, x, s, adj_x);
    if (a.direct)
      for (int v = 0; v < n; ++v)
        adj_x[v] = hn::Add(adj_x[v], hn::LoadU(d, a.direct + t * a.direct_pitch + at + v * lanes));
    if (a.score) {
      V at_x[n], sum[n];  // copies, so that the others can stay in registers
      M at_spiked[n];
      for (int v = 0; v < n; ++v) at_x[v] = x[v], at_spiked[v] = spiked[v], sum[v] = adj_x[v];
      add_scores(layer.escape, a.advantage, at_x, at_spiked, sum, n);
      for (int v = 0; v < n; ++v) adj_x[v] = sum[v];
    }
    for (int v = 0; v < n; ++v) {
      if constexpr (memoryless) {
        hn::StoreU(adj_x[v], d, row + v * lanes);
      } else {
        adj_u[v] = hn::Add(adj_u[v], adj_x[v]);
        if constexpr (general) own.lower(layer, v, adj_x[v]);
        hn::StoreU(adj_current[v], d, row + v * lanes);
      }
    }
  }
  for (int v = 0; v < n; ++v) {
    hn::StoreU(adj_u[v], d, a.adj_u + at + v * lanes);
    hn::StoreU(adj_current[v], d, a.adj_current + at + v * lanes);
  }
  if constexpr (general) own.store(a, at);
}

template <int n>
void backward_width(const BackwardArgs& a, std::size_t at) {
  if (a.layer->memoryless) return backward_chunk<n, Reset::none, Model::memoryless>(a, at);
  if (a.layer->general) return backward_chunk<n, Reset::none, Model::general>(a, at);
  switch (a.layer->reset) {
    case Reset::multiplicative:
      return backward_chunk<n, Reset::multiplicative, Model::lif>(a, at);
    case Reset::multiplicative_leak:
      return backward_chunk<n, Reset::multiplicative_leak, Model::lif>(a, at);
    case Reset::subtractive:
      return backward_chunk<n, Reset::subtractive, Model::lif>(a, at);
    case Reset::none:
      return backward_chunk<n, Reset::none, Model::lif>(a, at);
  }
}

void backward(const BackwardArgs& a) {
  std::size_t at = 0;
  for (; at + widest * lanes <= a.width; at += widest * lanes) backward_width<widest>(a, at);
  if constexpr (lanes >= 8) {
    for (; at + 2 * lanes <= a.width; at += 2 * lanes) backward_width<2>(a, at);
    for (; at + lanes <= a.width; at += lanes) backward_width<1>(a, at);
  }
}

BackwardKernels backward_table() {
  return {backward};
}

}  // namespace spikegrad::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spikegrad::cpu {
HWY_EXPORT(backward_table);
BackwardKernels backward_kernels() {
  return HWY_DYNAMIC_DISPATCH(backward_table)();
}
}  // namespace spikegrad::cpu
#endif
