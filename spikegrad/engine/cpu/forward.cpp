// SPDX-License-Identifier: Apache-2.0
// Forward: a chunk's state stays in registers while the steps go by. Equations in neuron/unit/.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spikegrad/engine/cpu/forward.cpp"
#include "spikegrad/engine/cpu/targets.hpp"
//
#include <hwy/foreach_target.h>
//
#include "spikegrad/engine/cpu/escape-inl.hpp"
#include "spikegrad/engine/cpu/units-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::cpu::HWY_NAMESPACE {

/// The random bits of a Bernoulli draw against p: is (bits + 1/2) 2^-32 < p? As integers: bits < round(2^32 p), and
/// always for p = 1.
HWY_INLINE M drawn_below(const std::uint32_t* bits, V p) {
  const D d;
  const DU du;
  const M upper = hn::Ge(p, hn::Set(d, 0.5f)), certain = hn::Ge(p, hn::Set(d, 1.0f));
  const V scaled = hn::MulSub(p, hn::Set(d, 0x1p32f), hn::IfThenElseZero(upper, hn::Set(d, 0x1p31f)));
  const auto top = hn::And(hn::BitCast(du, hn::VecFromMask(d, upper)), hn::Set(du, 0x80000000u));
  const auto bound = hn::Xor(hn::BitCast(du, hn::NearestInt(scaled)), top);
  const auto below = hn::Lt(hn::LoadU(du, bits), bound);
  return hn::Or(hn::RebindMask(d, below), certain);
}

/// Outputs of step t from x: spike bits or analog values, and the same as numbers in s.
template <int n>
HWY_INLINE void fire(const ForwardArgs& a, std::size_t at, std::size_t t, const V (&x)[n], V (&s)[n]) {
  const D d;
  const V one = hn::Set(d, 1.0f);
  M spikes[n];
  switch (a.layer->fire) {
    case Fire::none:
      return;
    case Fire::deterministic:
      for (int v = 0; v < n; ++v) spikes[v] = hn::Gt(x[v], hn::Zero(d));
      break;
    case Fire::stochastic: {
      const std::uint32_t* bits = a.random_bits + (t - a.random_begin) * a.random_pitch + at;
      V at_x[n], p[n];  // copies, so that x itself can stay in registers
      for (int v = 0; v < n; ++v) at_x[v] = x[v];
      probabilities(a.layer->escape, at_x, p, n);
      for (int v = 0; v < n; ++v) spikes[v] = drawn_below(bits + v * lanes, p[v]);
      break;
    }
    case Fire::analog: {
      V at_x[n], p[n];
      for (int v = 0; v < n; ++v) at_x[v] = x[v];
      probabilities(a.layer->escape, at_x, p, n);
      for (int v = 0; v < n; ++v) {
        s[v] = p[v];
        hn::StoreU(s[v], d, a.output + t * a.pitch + at + v * lanes);
      }
      return;
    }
    case Fire::clamped:
      load_bits(a.mask + t * a.mask_pitch + at / 8, spikes);
      for (int v = 0; v < n; ++v) s[v] = hn::IfThenElseZero(spikes[v], one);
      return;
  }
  store_bits(spikes, a.mask + t * a.mask_pitch + at / 8);
  for (int v = 0; v < n; ++v) s[v] = hn::IfThenElseZero(spikes[v], one);
}

/// Takes back the spikes of step t of units that are refractory (network/refractory.hpp).
template <int n>
HWY_INLINE void refuse_spikes(const ForwardArgs& a, std::size_t at, std::size_t t, V (&s)[n]) {
  const D d;
  M resting[n], spikes[n];
  std::uint8_t* mask = a.mask + at / 8;
  load_resting(mask, a.mask_pitch, t, a.layer->refractory_steps, resting);
  for (int v = 0; v < n; ++v) {
    s[v] = hn::IfThenZeroElse(resting[v], s[v]);
    spikes[v] = hn::Gt(s[v], hn::Zero(d));
  }
  store_bits(spikes, mask + t * a.mask_pitch);
}

alignas(64) inline constexpr float nothing[widest * lanes] = {};

/// drive += the rows of the units that are active in step t. Two sums, so that one addition need not wait for
/// the one before.
template <int n>
HWY_INLINE void gather(const RowSource& source, std::size_t at, std::size_t t, V (&drive)[n], V (&other)[n]) {
  const D d;
  const Activity& active = source.activity;
  const float* rows = source.rows + at;
  std::size_t k = active.begin[t];
  const std::size_t end = active.begin[t + 1];
  if (active.values) {
    for (; k < end; ++k) {
      const float* row = rows + active.units[k] * source.pitch;
      const V value = hn::Set(d, active.values[k]);
      for (int v = 0; v < n; ++v) drive[v] = hn::MulAdd(hn::LoadU(d, row + v * lanes), value, drive[v]);
    }
    return;
  }
  for (; k < end; k += 2) {
    const float* even = rows + active.units[k] * source.pitch;
    const float* odd = k + 1 < end ? rows + active.units[k + 1] * source.pitch : nothing;
    for (int v = 0; v < n; ++v) {
      drive[v] = hn::Add(drive[v], hn::LoadU(d, even + v * lanes));
      other[v] = hn::Add(other[v], hn::LoadU(d, odd + v * lanes));
    }
  }
}

template <int n>
HWY_NOINLINE void gather_chunk(const GatherArgs& a, std::size_t at) {
  const D d;
  for (std::size_t t = 0; t < a.steps; ++t) {
    float* row = a.rows + t * a.pitch + at;
    V drive[n], other[n];
    for (int v = 0; v < n; ++v) {
      drive[v] = a.add ? hn::LoadU(d, row + v * lanes) : hn::Zero(d);
      other[v] = a.bias ? hn::LoadU(d, a.bias + at + v * lanes) : hn::Zero(d);
    }
    for (std::size_t c = 0; c < a.source_count; ++c) gather(a.sources[c], at, t, drive, other);
    for (int v = 0; v < n; ++v) hn::StoreU(hn::Add(drive[v], other[v]), d, row + v * lanes);
  }
}

template <int n, class Loop>
HWY_NOINLINE void forward_chunk(const ForwardArgs& a, std::size_t at) {
  using U = typename Loop::Unit;
  const D d;
  const auto unit = Loop::unit(*a.layer);
  Decays<n, Loop> decays;
  Floats state[n][U::state_size];
  V s[n];
  if constexpr (!Loop::memoryless) {
    decays.load(a, at);
    load_state<n, U>(a.state, a.state_pitch, at, state);
  }
  for (int v = 0; v < n; ++v) s[v] = hn::LoadU(d, a.last + at + v * lanes);
  for (std::size_t t = a.begin; t < a.end; ++t) {
    const std::size_t to = Loop::memoryless ? t : t + 1;
    float* row = a.excess + to * a.pitch + at;
    V drive[n], other[n], x[n];
    for (int v = 0; v < n; ++v) {
      [[maybe_unused]] const std::size_t place = t * a.pitch + at + v * lanes;
      other[v] = a.bias ? hn::LoadU(d, a.bias + at + v * lanes) : hn::Zero(d);
      drive[v] = hn::Zero(d);
      if constexpr (!Loop::memoryless) {
        if constexpr (Loop::general) {
          if (a.kept)
            for (std::size_t k = 1; k < U::state_size; ++k)
              hn::StoreU(state[v][k].raw, d, a.kept + (k - 1) * a.kept_pitch + place);
        } else if (a.pre_reset) {
          hn::StoreU(equations::integrated(state[v], decays.of(v)).raw, d, a.pre_reset + place);
        }
        equations::advance(unit, state[v], decays.of(v), Floats(s[v]), Floats(s[v]));
        if constexpr (!U::filters_drive) drive[v] = state[v][U::driven].raw;
      }
    }
    if (a.drive_in_excess)
      for (int v = 0; v < n; ++v) drive[v] = hn::Add(drive[v], hn::LoadU(d, row + v * lanes));
    for (std::size_t c = 0; c < a.source_count; ++c) gather(a.sources[c], at, t, drive, other);
    for (int v = 0; v < n; ++v) {
      const Floats sum = hn::Add(drive[v], other[v]);
      if constexpr (Loop::memoryless) {
        state[v][0] = sum;
      } else if constexpr (U::filters_drive) {
        if (a.kept)
          hn::StoreU(sum.raw, d, a.kept + (U::state_size - 1) * a.kept_pitch + to * a.pitch + at + v * lanes);
        state[v][U::driven] = mul_add(complement(decays.of(v)[0]), sum, state[v][U::driven]);
      } else {
        state[v][U::driven] = sum;
      }
      x[v] = equations::excess(unit, state[v], decays.of(v)).raw;
      hn::StoreU(x[v], d, row + v * lanes);
    }
    fire(a, at, to, x, s);
    if constexpr (Loop::general)
      if (a.layer->refractory_steps > 0 && a.layer->fire != Fire::clamped) refuse_spikes(a, at, to, s);
  }
  if constexpr (!Loop::memoryless) store_state<n, U>(state, a.state, a.state_pitch, at);
  for (int v = 0; v < n; ++v) hn::StoreU(s[v], d, a.last + at + v * lanes);
}

template <int n>
void forward_width(const ForwardArgs& a, std::size_t at) {
  with_loop(*a.layer, [&]<class Loop>() { forward_chunk<n, Loop>(a, at); });
}

/// State 0, and the outputs of step 0 where the drive acts later.
template <int n, class Loop>
HWY_NOINLINE void start_chunk(const ForwardArgs& a, std::size_t at) {
  using U = typename Loop::Unit;
  const D d;
  V x[n], s[n];
  for (int v = 0; v < n; ++v) s[v] = hn::Zero(d);
  if constexpr (!Loop::memoryless) {
    const auto unit = Loop::unit(*a.layer);
    Decays<n, Loop> decays;
    decays.load(a, at);
    Floats state[n][U::state_size];
    for (int v = 0; v < n; ++v) {
      for (std::size_t k = 0; k < U::state_size; ++k) state[v][k] = 0.0;
      x[v] = equations::excess(unit, state[v], decays.of(v)).raw;
      hn::StoreU(x[v], d, a.excess + at + v * lanes);
    }
    store_state<n, U>(state, a.state, a.state_pitch, at);
    fire(a, at, 0, x, s);
  }
  for (int v = 0; v < n; ++v) hn::StoreU(s[v], d, a.last + at + v * lanes);
}

void forward(const ForwardArgs& a) {
  std::size_t at = 0;
  for (; at + widest * lanes <= a.width; at += widest * lanes) forward_width<widest>(a, at);
  if constexpr (lanes >= 8) {
    for (; at + 2 * lanes <= a.width; at += 2 * lanes) forward_width<2>(a, at);
    for (; at + lanes <= a.width; at += lanes) forward_width<1>(a, at);
  }
}

void gather_all(const GatherArgs& a) {
  std::size_t at = 0;
  for (; at + widest * lanes <= a.width; at += widest * lanes) gather_chunk<widest>(a, at);
  if constexpr (lanes >= 8) {
    for (; at + 2 * lanes <= a.width; at += 2 * lanes) gather_chunk<2>(a, at);
    for (; at + lanes <= a.width; at += lanes) gather_chunk<1>(a, at);
  }
}

void start(const ForwardArgs& a) {
  constexpr int n = lanes >= 16 ? 1 : 16 / lanes;
  for (std::size_t at = 0; at < a.width; at += n * lanes)
    with_loop(*a.layer, [&]<class Loop>() { start_chunk<n, Loop>(a, at); });
}

ForwardKernels forward_table() {
  return {hwy::TargetName(HWY_TARGET), gather_all, start, forward};
}

}  // namespace spikegrad::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spikegrad::cpu {
HWY_EXPORT(forward_table);
ForwardKernels forward_kernels() {
  return HWY_DYNAMIC_DISPATCH(forward_table)();
}
}  // namespace spikegrad::cpu
#endif
