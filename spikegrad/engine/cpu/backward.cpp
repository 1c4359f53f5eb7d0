// SPDX-License-Identifier: Apache-2.0
// Backward: the adjoint of forward.cpp, last step first; equations in engine/reference/backward.hpp and
// neuron/unit/. D̄ may take the place of x, which is not needed again.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spikegrad/engine/cpu/backward.cpp"
#include "spikegrad/engine/cpu/targets.hpp"
//
#include <hwy/foreach_target.h>
//
#include "spikegrad/engine/cpu/escape-inl.hpp"
#include "spikegrad/engine/cpu/units-inl.hpp"

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

/// Sums of ∂L/∂λ, and of the same of gains and thresholds, of a general layer's slots.
template <int n>
struct DecayGradients {
  Floats sum[n][most_filter_numbers];

  HWY_INLINE DecayGradients() {
    for (int v = 0; v < n; ++v)
      for (Floats& part : sum[v]) part = 0.0;
  }
  HWY_INLINE void store(const BackwardArgs& a, std::size_t at) const {
    const D d;
    if (!a.adj_decays) return;
    for (int v = 0; v < n; ++v) {
      float* rows = a.adj_decays + at + v * lanes;
      for (std::size_t k = 0; k < most_filter_numbers; ++k, rows += a.decays_pitch)
        hn::StoreU(hn::Add(hn::LoadU(d, rows), sum[v][k].raw), d, rows);
    }
  }
};

/// Steps by which x is fetched early where it comes from memory.
constexpr std::size_t rows_ahead = 16;

template <int n, class Loop>
HWY_NOINLINE void backward_chunk(const BackwardArgs& a, std::size_t at) {
  using U = typename Loop::Unit;
  const D d;
  const LayerSpec& layer = *a.layer;
  const auto unit = Loop::unit(layer);
  Decays<n, Loop> decays;
  [[maybe_unused]] DecayGradients<Loop::general ? n : 1> decay_gradients;
  const bool silent = layer.fire == Fire::none;      // a readout: no output of its own, slope 1
  const bool clamped = layer.fire == Fire::clamped;  // given spikes do not depend on x
  const bool differentiate = layer.differentiate_reset && !clamped && !silent;
  const auto* given = std::get_if<SuperSpikeSurrogate>(&layer.slope.surrogate);
  const bool usual = layer.slope.kind == SlopeKind::surrogate && given;
  const float beta = usual ? static_cast<float>(given->beta) : 0.0f;
  const SuperSpikeSurrogate superspike{.beta = double{beta}};
  Floats adj_state[n][U::state_size];
  if constexpr (!Loop::memoryless) {
    decays.load(a, at);
    load_state<n, U>(a.adj_state, a.state_pitch, at, adj_state);
  }
  for (std::size_t t = a.end; t-- > a.begin;) {
    float* row = a.rows + t * a.pitch + at;
    const float* excess = a.excess + t * a.pitch + at;
    const float* signal = a.signal ? a.signal + t * a.signal_pitch + at : nullptr;
    if (excess != row && t >= rows_ahead)  // x of a whole batch, which has left the caches
      for (int v = 0; v < n; ++v) __builtin_prefetch(excess - rows_ahead * a.pitch + v * lanes);
    V x[n], s[n], adj_x[n];
    M spiked[n];
    for (int v = 0; v < n; ++v) {
      x[v] = hn::LoadU(d, excess + v * lanes);
      adj_x[v] = signal ? hn::LoadU(d, signal + v * lanes) : hn::Zero(d);
      s[v] = hn::Zero(d);
      spiked[v] = hn::MaskFromVec(s[v]);
    }
    if (!silent) load_outputs(a, at, t, spiked, s);
    if constexpr (!Loop::memoryless) {
      for (int v = 0; v < n; ++v) {
        // The state before the step, as far as it was kept: where it is 0, what needs it is not looked at. A state of
        // one number is that of x.
        const std::size_t place = t * a.pitch + at + v * lanes;
        const bool kept = Loop::general && a.kept;
        Floats state[U::state_size];
        state[0] = 0.0;
        for (std::size_t k = 1; k < U::state_size; ++k)
          state[k] = kept ? hn::LoadU(d, a.kept + (k - 1) * a.kept_pitch + place) : hn::Zero(d);
        state[0] = Floats(x[v]) - equations::excess(unit, state, decays.of(v));
        if constexpr (Loop::uniform) {
          if (differentiate) {
            const V pre = layer.keep_pre_reset ? hn::LoadU(d, a.pre_reset + place) : x[v];
            const Floats to_spike = equations::reset_adjoint(
                unit, state[0], decays.of(v)[0], Floats(decays.of(v)[2]), Floats(pre), adj_state[v][0]);
            adj_x[v] = hn::Add(adj_x[v], to_spike.raw);
          }
        }
        const auto adj = equations::advance_adjoint(unit, state, decays.of(v), Floats(s[v]), adj_state[v]);
        if constexpr (Loop::general) {
          if (layer.through_own) adj_x[v] = hn::Add(adj_x[v], adj.spike.raw);
          if (differentiate && (kept || U::state_size == 1)) adj_x[v] = hn::Add(adj_x[v], adj.reset.raw);
          if (a.adj_decays)
            for (std::size_t k = 0; k < Loop::count; ++k)
              decay_gradients.sum[v][k] = decay_gradients.sum[v][k] + adj.decay[k];
        }
      }
    }
    if (clamped)
      for (int v = 0; v < n; ++v) adj_x[v] = hn::Zero(d);
    else if (!silent && (signal || differentiate || Loop::general))
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
    if constexpr (Loop::general) {
      if (layer.refractory_steps > 0) {
        M resting[n];
        load_resting(a.mask + at / 8, a.mask_pitch, t, layer.refractory_steps, resting);
        for (int v = 0; v < n; ++v) adj_x[v] = hn::IfThenZeroElse(resting[v], adj_x[v]);
      }
      if constexpr (Loop::own_threshold) {
        for (int v = 0; v < n && a.adj_decays; ++v) {
          Floats& sum = decay_gradients.sum[v][threshold_place<U>];
          sum = sum - Floats(adj_x[v]);
        }
      }
    }
    if (a.adj_excess)
      for (int v = 0; v < n; ++v) hn::StoreU(adj_x[v], d, a.adj_excess + t * a.pitch + at + v * lanes);
    for (int v = 0; v < n; ++v) {
      Floats adj_drive = adj_x[v];
      if constexpr (!Loop::memoryless) {
        equations::excess_adjoint(unit, Floats(adj_x[v]), adj_state[v]);
        if constexpr (Loop::general)
          if (a.cut && t == a.begin)
            for (Floats& number : adj_state[v]) number = 0.0;
        adj_drive = adj_state[v][U::driven];
        if constexpr (U::filters_drive) {
          if (a.kept) {
            const float* drive = a.kept + (U::state_size - 1) * a.kept_pitch + t * a.pitch + at + v * lanes;
            Floats& sum = decay_gradients.sum[v][0];
            sum = neg_mul_add(adj_drive, Floats(hn::LoadU(d, drive)), sum);
          }
          adj_drive = complement(decays.of(v)[0]) * adj_drive;
        }
      }
      hn::StoreU(adj_drive.raw, d, row + v * lanes);
    }
  }
  if constexpr (Loop::uniform) {  // the same cut, out of the loop
    for (int v = 0; v < n && a.cut; ++v) {
      for (Floats& number : adj_state[v]) number = 0.0;
      hn::StoreU(hn::Zero(d), d, a.rows + a.begin * a.pitch + at + v * lanes);
    }
  }
  if constexpr (!Loop::memoryless) store_state<n, U>(adj_state, a.adj_state, a.state_pitch, at);
  if constexpr (Loop::general) decay_gradients.store(a, at);
}

template <int n>
void backward_width(const BackwardArgs& a, std::size_t at) {
  with_loop(*a.layer, [&]<class Loop>() { backward_chunk<n, Loop>(a, at); });
}

void backward(const BackwardArgs& a) {
  std::size_t at = 0;
  for (; at + widest * lanes <= a.width; at += widest * lanes) backward_width<widest>(a, at);
  if constexpr (lanes >= 8) {
    for (; at + 2 * lanes <= a.width; at += 2 * lanes) backward_width<2>(a, at);
    for (; at + lanes <= a.width; at += lanes) backward_width<1>(a, at);
  }
}

/// Rising steps: x̄ of step t+1 is read before D̃ takes its place.
template <class Loop>
HWY_NOINLINE void first_effect_block(const BackwardArgs& a, std::size_t at) {
  using U = typename Loop::Unit;
  constexpr int n = static_cast<int>(lane_block / lanes);
  const D d;
  if constexpr (!Loop::memoryless) {
    const auto unit = Loop::unit(*a.layer);
    Decays<n, Loop> decays;
    decays.load(a, at);
    for (std::size_t t = a.begin; t < a.end; ++t) {
      V s[n];
      M spiked[n];
      for (V& none : s) none = hn::Zero(d);
      if (a.layer->fire != Fire::none) load_outputs(a, at, t, spiked, s);
      for (int v = 0; v < n; ++v) {
        float* row = a.adj_excess + t * a.pitch + at + v * lanes;
        Floats adj[U::state_size], state[U::state_size];
        for (std::size_t k = 0; k < U::state_size; ++k) adj[k] = state[k] = 0.0;
        if constexpr (U::driven == 0) {
          equations::excess_adjoint(unit, Floats(hn::LoadU(d, row)), adj);
        } else {
          const V adj_x = t + 1 < a.end ? hn::LoadU(d, row + a.pitch) : hn::Zero(d);
          equations::excess_adjoint(unit, Floats(adj_x), adj);
          equations::advance_adjoint(unit, state, decays.of(v), Floats(s[v]), adj);
        }
        Floats effect = adj[U::driven];
        if constexpr (U::filters_drive) effect = complement(decays.of(v)[0]) * effect;
        hn::StoreU(effect.raw, d, row);
      }
    }
  }
}

void first_effect(const BackwardArgs& a) {
  for (std::size_t at = 0; at < a.width; at += lane_block)
    with_loop(*a.layer, [&]<class Loop>() { first_effect_block<Loop>(a, at); });
}

BackwardKernels backward_table() {
  return {backward, first_effect};
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
