// SPDX-License-Identifier: Apache-2.0
// The loops over the steps that layers take: of each its unit, and the decays as the equations of
// neuron/unit/ want them.
#if defined(SPIKEGRAD_CPU_UNITS_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKEGRAD_CPU_UNITS_INL_HPP
#undef SPIKEGRAD_CPU_UNITS_INL_HPP
#else
#define SPIKEGRAD_CPU_UNITS_INL_HPP
#endif

#include <string_view>
#include <type_traits>
#include <variant>

#include "spikegrad/engine/cpu/equations-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::cpu::HWY_NAMESPACE {

/// See LoopKind. Settings are rounded to float before the loop, which would else wait for a conversion in
/// every step.
struct MemorylessLoop {
  using Unit = Binary;
  static constexpr bool memoryless = true, uniform = false, general = false;
  static HWY_INLINE Binary unit(const LayerSpec& layer) { return {{}, double{layer.threshold}}; }
};

/// The reset is known to the compiler, so that the switch of the equations is none.
template <Reset reset>
struct UniformLoop {
  using Unit = Lif;
  static constexpr bool memoryless = false, uniform = true, general = false;
  static HWY_INLINE Lif unit(const LayerSpec& layer) {
    return {{}, 0.0, 0.0, double{layer.threshold}, reset};
  }
};

/// U, and its reset where it has a choice of them. Where the threshold is learned each slot has its own, and the
/// reset is looked up in every step.
template <class U, Reset reset, bool own>
struct GeneralLoop {
  using Unit = U;
  static constexpr bool own_threshold = own;
  /// Numbers of the filter that slots have of their own.
  static constexpr std::size_t count = filter_size<U> - (learns_threshold<U>() && !own ? 1 : 0);
  static constexpr bool memoryless = false, uniform = false, general = true;
  static HWY_INLINE U unit(const LayerSpec& layer) {
    U unit = *std::get_if<U>(&layer.unit);
    U::fields(unit, [](std::string_view, auto& value, auto&&...) {
      if constexpr (std::is_same_v<std::remove_reference_t<decltype(value)>, double>)
        value = double{static_cast<float>(value)};
    });
    if constexpr (!own && requires { unit.reset; }) unit.reset = reset;
    return unit;
  }
};

/// visit.template operator()<reset>()
template <class Visit>
void with_reset(Reset reset, Visit&& visit) {
  switch (reset) {
    case Reset::multiplicative:
      return visit.template operator()<Reset::multiplicative>();
    case Reset::multiplicative_leak:
      return visit.template operator()<Reset::multiplicative_leak>();
    case Reset::subtractive:
      return visit.template operator()<Reset::subtractive>();
    case Reset::subtractive_leak:
      return visit.template operator()<Reset::subtractive_leak>();
    case Reset::none:
      return visit.template operator()<Reset::none>();
  }
}

/// visit.template operator()<Loop>() with the loop that the layer takes.
template <class Visit>
void with_loop(const LayerSpec& layer, Visit&& visit) {
  switch (layer.loop) {
    case LoopKind::memoryless:
      return visit.template operator()<MemorylessLoop>();
    case LoopKind::uniform:
      return with_reset(layer.reset, [&]<Reset reset>() { visit.template operator()<UniformLoop<reset>>(); });
    case LoopKind::general:
      std::visit(
          [&]<class U>(const U& unit) {
            if constexpr (learns_threshold<U>())
              if (layer.own_threshold) return visit.template operator()<GeneralLoop<U, Reset::none, true>>();
            if constexpr (requires { unit.reset; })
              with_reset(unit.reset,
                         [&]<Reset reset>() { visit.template operator()<GeneralLoop<U, reset, false>>(); });
            else if constexpr (U::timing == DriveTiming::next_step)
              visit.template operator()<GeneralLoop<U, Reset::none, false>>();
          },
          layer.unit);
  }
}

/// Decays of n vectors of slots: the same for all slots, or each its own.
template <int n, class Loop>
struct Decays {
  Decay all[3];  // of a readout or LIF unit: λ_m, λ_s, θ

  template <class Args>
  HWY_INLINE void load(const Args& a, std::size_t) {
    const LayerSpec& layer = *a.layer;
    all[0] = {double{layer.leak}, double{layer.gain}};
    all[1] = {double{layer.decay}, 0.0};  // 1 - λ_s is in no equation
    all[2] = {double{layer.threshold}, 0.0};
  }
  HWY_INLINE const Decay* of(int) const { return all; }
};
template <int n, class U, Reset reset, bool own>
struct Decays<n, GeneralLoop<U, reset, own>> {
  static constexpr std::size_t count = GeneralLoop<U, reset, own>::count, size = filter_size<U>;
  Decay each[n][size > 0 ? size : 1];

  template <class Args>
  HWY_INLINE void load(const Args& a, std::size_t at) {
    const D d;
    for (int v = 0; v < n; ++v)
      for (std::size_t k = 0; k < count; ++k) {
        const float* value = a.decays + (value_rows + k) * a.decays_pitch + at + v * lanes;
        const float* rest = a.decays + (complement_rows + k) * a.decays_pitch + at + v * lanes;
        each[v][k] = {hn::LoadU(d, value), hn::LoadU(d, rest)};
      }
    if constexpr (count < size)
      for (int v = 0; v < n; ++v) each[v][count] = {double{a.layer->threshold}, 0.0};
  }
  HWY_INLINE const Decay* of(int v) const { return each[v]; }
};

/// Which slots spiked in one of the R steps before t, from rows of spike bits.
template <int n>
HWY_INLINE void load_resting(const std::uint8_t* mask, std::size_t pitch, std::size_t t, std::size_t steps,
                             M (&resting)[n]) {
  for (M& none : resting) none = hn::MaskFromVec(hn::Zero(D()));
  for (std::size_t k = 1; k <= steps && k <= t; ++k) {
    M spiked[n];
    load_bits(mask + (t - k) * pitch, spiked);
    for (int v = 0; v < n; ++v) resting[v] = hn::Or(resting[v], spiked[v]);
  }
}

/// Numbers of state of a layer, of n vectors.
template <int n, class U>
HWY_INLINE void load_state(const float* from, std::size_t pitch, std::size_t at,
                           Floats (&state)[n][U::state_size]) {
  for (int v = 0; v < n; ++v)
    for (std::size_t k = 0; k < U::state_size; ++k)
      state[v][k] = hn::LoadU(D(), from + k * pitch + at + v * lanes);
}
template <int n, class U>
HWY_INLINE void store_state(const Floats (&state)[n][U::state_size], float* to, std::size_t pitch,
                            std::size_t at) {
  for (int v = 0; v < n; ++v)
    for (std::size_t k = 0; k < U::state_size; ++k)
      hn::StoreU(state[v][k].raw, D(), to + k * pitch + at + v * lanes);
}

}  // namespace spikegrad::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
