// SPDX-License-Identifier: Apache-2.0
// Forward: a chunk's state stays in registers while the steps go by. Equations in neuron/unit/lif.hpp and,
// for general layers, alif.hpp.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spikegrad/engine/cpu/forward.cpp"
#include "spikegrad/engine/cpu/targets.hpp"
//
#include <hwy/foreach_target.h>
//
#include "spikegrad/engine/cpu/escape-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::cpu::HWY_NAMESPACE {

/// The words of a Bernoulli draw against p: is (word + 1/2) 2^-32 < p? As integers: word < round(2^32 p), and
/// always for p = 1.
HWY_INLINE M drawn_below(const std::uint32_t* words, V p) {
  const D d;
  const DU du;
  const M upper = hn::Ge(p, hn::Set(d, 0.5f)), certain = hn::Ge(p, hn::Set(d, 1.0f));
  const V scaled = hn::MulSub(p, hn::Set(d, 0x1p32f), hn::IfThenElseZero(upper, hn::Set(d, 0x1p31f)));
  const auto top = hn::And(hn::BitCast(du, hn::VecFromMask(d, upper)), hn::Set(du, 0x80000000u));
  const auto bound = hn::Xor(hn::BitCast(du, hn::NearestInt(scaled)), top);
  const auto below = hn::Lt(hn::LoadU(du, words), bound);
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
      const std::uint32_t* words = a.words + (t - a.words_begin) * a.words_pitch + at;
      V at_x[n], p[n];  // copies, so that x itself can stay in registers
      for (int v = 0; v < n; ++v) at_x[v] = x[v];
      probabilities(a.layer->escape, at_x, p, n);
      for (int v = 0; v < n; ++v) spikes[v] = drawn_below(words + v * lanes, p[v]);
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

/// One step of a general layer: every slot has decays of its own, its threshold may adapt, and the reset is a
/// matter of constants. State and constants of n vectors.
template <int n>
struct GeneralLayer {
  OwnRates<n> rates;
  V adaptation[n];

  HWY_INLINE void load(const ForwardArgs& a, std::size_t at) {
    const D d;
    rates.load(a, at);
    for (int v = 0; v < n; ++v) adaptation[v] = hn::LoadU(d, a.adaptation + at + v * lanes);
  }
  HWY_INLINE void step(const ForwardArgs& a, std::size_t at, std::size_t t, const V (&s)[n], V (&u)[n],
                       const V (&current)[n], V (&drive)[n]) {
    const D d;
    const LayerSpec& layer = *a.layer;
    for (int v = 0; v < n; ++v) {
      const std::size_t place = t * a.pitch + at + v * lanes;
      if (a.current_rows) hn::StoreU(current[v], d, a.current_rows + place);
      if (a.adaptation_rows) hn::StoreU(adaptation[v], d, a.adaptation_rows + place);
      const V kept = hn::Mul(rates.leak[v], u[v]), gained = hn::Mul(rates.gain[v], current[v]);
      const V both =
          hn::Add(kept, gained);  // of which a multiplicative reset leaves nothing, to the last bit
      const V part = layer.taken_gain != 0.0f ? both : hn::Mul(hn::Set(d, layer.taken_leak), kept);
      const V taken = hn::Add(part, hn::Set(d, layer.taken));
      u[v] = hn::NegMulAdd(taken, s[v], both);
      drive[v] = hn::Mul(rates.decay[v], current[v]);
      adaptation[v] = hn::MulAdd(rates.adapt_gain[v], s[v], hn::Mul(rates.adapt[v], adaptation[v]));
    }
  }
  HWY_INLINE V raise(const LayerSpec& layer, int v) const {
    return hn::Mul(hn::Set(D(), layer.adaptation), adaptation[v]);
  }
  HWY_INLINE void store(const ForwardArgs& a, std::size_t at) const {
    for (int v = 0; v < n; ++v) hn::StoreU(adaptation[v], D(), a.adaptation + at + v * lanes);
  }
};

template <int n, Reset reset, Model model>
HWY_NOINLINE void forward_chunk(const ForwardArgs& a, std::size_t at) {
  constexpr bool memoryless = model == Model::memoryless, general = model == Model::general;
  const D d;
  const LayerSpec& layer = *a.layer;
  [[maybe_unused]] GeneralLayer<general ? n : 1> own;
  if constexpr (general) own.load(a, at);
  const V leak = hn::Set(d, layer.leak), gain = hn::Set(d, layer.gain), decay = hn::Set(d, layer.decay),
          threshold = hn::Set(d, layer.threshold);
  V u[n], current[n], s[n], x[n];
  for (int v = 0; v < n; ++v) {
    u[v] = hn::LoadU(d, a.u + at + v * lanes);
    current[v] = hn::LoadU(d, a.current + at + v * lanes);
    s[v] = hn::LoadU(d, a.last + at + v * lanes);
  }
  for (std::size_t t = a.begin; t < a.end; ++t) {
    const std::size_t to = memoryless ? t : t + 1;
    float* row = a.excess + to * a.pitch + at;
    V drive[n], other[n];
    for (int v = 0; v < n; ++v) {
      other[v] = a.bias ? hn::LoadU(d, a.bias + at + v * lanes) : hn::Zero(d);
      if constexpr (memoryless) {
        drive[v] = hn::Zero(d);
      } else if constexpr (!general) {
        const V kept = hn::Mul(leak, u[v]), gained = hn::Mul(gain, current[v]), both = hn::Add(kept, gained);
        if (layer.keep_pre_reset) hn::StoreU(both, d, a.pre_reset + t * a.pitch + at + v * lanes);
        if constexpr (reset == Reset::multiplicative) u[v] = hn::NegMulAdd(both, s[v], both);
        if constexpr (reset == Reset::multiplicative_leak)
          u[v] = hn::Add(hn::NegMulAdd(kept, s[v], kept), gained);
        if constexpr (reset == Reset::subtractive) u[v] = hn::NegMulAdd(threshold, s[v], both);
        if constexpr (reset == Reset::none) u[v] = both;
        drive[v] = hn::Mul(decay, current[v]);
      }
    }
    if constexpr (general) own.step(a, at, t, s, u, current, drive);
    if (a.drive_in_excess)
      for (int v = 0; v < n; ++v) drive[v] = hn::Add(drive[v], hn::LoadU(d, row + v * lanes));
    for (std::size_t c = 0; c < a.source_count; ++c) gather(a.sources[c], at, t, drive, other);
    for (int v = 0; v < n; ++v) {
      current[v] = hn::Add(drive[v], other[v]);
      if constexpr (memoryless) u[v] = current[v];
      x[v] = hn::Sub(u[v], threshold);
      if constexpr (general) x[v] = hn::Sub(x[v], own.raise(layer, v));
      hn::StoreU(x[v], d, row + v * lanes);
    }
    fire(a, at, to, x, s);
  }
  for (int v = 0; v < n; ++v) {
    hn::StoreU(u[v], d, a.u + at + v * lanes);
    hn::StoreU(current[v], d, a.current + at + v * lanes);
    hn::StoreU(s[v], d, a.last + at + v * lanes);
  }
  if constexpr (general) own.store(a, at);
}

template <int n>
void forward_width(const ForwardArgs& a, std::size_t at) {
  if (a.layer->memoryless) return forward_chunk<n, Reset::none, Model::memoryless>(a, at);
  if (a.layer->general) return forward_chunk<n, Reset::none, Model::general>(a, at);
  switch (a.layer->reset) {
    case Reset::multiplicative:
      return forward_chunk<n, Reset::multiplicative, Model::lif>(a, at);
    case Reset::multiplicative_leak:
      return forward_chunk<n, Reset::multiplicative_leak, Model::lif>(a, at);
    case Reset::subtractive:
      return forward_chunk<n, Reset::subtractive, Model::lif>(a, at);
    case Reset::none:
      return forward_chunk<n, Reset::none, Model::lif>(a, at);
  }
}

template <int n>
void start_width(const ForwardArgs& a, std::size_t at) {
  const D d;
  V x[n], s[n];
  for (int v = 0; v < n; ++v) {
    hn::StoreU(hn::Zero(d), d, a.u + at + v * lanes);
    hn::StoreU(hn::Zero(d), d, a.current + at + v * lanes);
    if (a.layer->general) hn::StoreU(hn::Zero(d), d, a.adaptation + at + v * lanes);
    x[v] = hn::Set(d, -a.layer->threshold);
    s[v] = hn::Zero(d);
  }
  if (!a.layer->memoryless) {
    for (int v = 0; v < n; ++v) hn::StoreU(x[v], d, a.excess + at + v * lanes);
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
  for (std::size_t at = 0; at < a.width; at += n * lanes) start_width<n>(a, at);
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
