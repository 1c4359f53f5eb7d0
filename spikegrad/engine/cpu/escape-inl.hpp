// SPDX-License-Identifier: Apache-2.0
// Escape functions and surrogates of n vectors in memory. Out of line: unrolled into every loop that wants
// them, these formulas would take minutes to compile and gain nothing, since each costs far more than a call.
#if defined(SPIKEGRAD_CPU_ESCAPE_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef SPIKEGRAD_CPU_ESCAPE_INL_HPP
#undef SPIKEGRAD_CPU_ESCAPE_INL_HPP
#else
#define SPIKEGRAD_CPU_ESCAPE_INL_HPP
#endif

#include <array>
#include <type_traits>
#include <utility>
#include <variant>

#include "spikegrad/engine/cpu/equations-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace spikegrad::cpu::HWY_NAMESPACE {

/// Settings as a loop wants them: a copy, which no store can change, unless they are long.
template <class Member>
using Settings = std::conditional_t<std::is_trivially_copyable_v<Member>, const Member, const Member&>;

/// One call for the group of vectors: Loop<Member>::run(member, arguments...) of the member that is there.
template <template <class> class Loop, class Variant, class... Arguments>
HWY_INLINE void run_member(const Variant& variant, Arguments... arguments) {
  using Run = void (*)(const Variant&, Arguments...);
  static constexpr auto table = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<Run, sizeof...(I)>{Loop<std::variant_alternative_t<I, Variant>>::run...};
  }
  (std::make_index_sequence<std::variant_size_v<Variant>>{});
  table[variant.index()](variant, arguments...);
}

template <class F>
struct Probabilities {
  HWY_NOINLINE static void run(const Escape& escape, const V* x, V* p, int n) {
    Settings<F> f = *std::get_if<F>(&escape);
    for (int v = 0; v < n; ++v) p[v] = equations::probability(f, Floats(x[v])).raw;
  }
};
template <class F>
struct Derivatives {
  HWY_NOINLINE static void run(const Escape& escape, const V* x, V* out, int n) {
    Settings<F> f = *std::get_if<F>(&escape);
    for (int v = 0; v < n; ++v) out[v] = equations::derivative(f, Floats(x[v])).raw;
  }
};
template <class F>
struct Scores {
  HWY_NOINLINE static void run(const Escape& escape, float advantage, const V* x, const M* spiked, V* out,
                               int n) {
    Settings<F> f = *std::get_if<F>(&escape);
    for (int v = 0; v < n; ++v) {
      const Floats slope = equations::log_slope(f, Floats(x[v]), Condition{spiked[v]});
      out[v] = mul_add(Floats(double{advantage}), slope, Floats(out[v])).raw;
    }
  }
};
template <class G>
struct Surrogates {
  HWY_NOINLINE static void run(const Surrogate& surrogate, const V* x, V* out, int n) {
    Settings<G> g = *std::get_if<G>(&surrogate);
    for (int v = 0; v < n; ++v) out[v] = equations::slope(g, Floats(x[v])).raw;
  }
};

/// Of each member of SpikeSlope, with each escape function.
template <class Own>
struct OwnSlopes {
  template <class F>
  struct Of {
    HWY_NOINLINE static void run(const Escape& escape, const Own* own, const V* x, const V* s, V* out,
                                 int n) {
      Settings<F> f = *std::get_if<F>(&escape);
      for (int v = 0; v < n; ++v) out[v] = equations::spike_slope(*own, f, Floats(x[v]), Floats(s[v])).raw;
    }
  };
  HWY_NOINLINE static void run(const SpikeSlope& own, const Escape* escape, const V* x, const V* s, V* out,
                               int n) {
    run_member<Of>(*escape, std::get_if<Own>(&own), x, s, out, n);
  }
};

// Calls in the loops stay one instruction: what they choose from is not inlined into them.
HWY_NOINLINE inline void probabilities(const Escape& escape, const V* x, V* p, int n) {
  run_member<Probabilities>(escape, x, p, n);
}
/// out += advantage · d log P(S)/dx
HWY_NOINLINE inline void add_scores(const Escape& escape, float advantage, const V* x, const M* spiked,
                                    V* out, int n) {
  run_member<Scores>(escape, advantage, x, spiked, out, n);
}
/// φ' at x of units with outputs s.
HWY_NOINLINE inline void slopes(const SlopeSpec& slope, const V* x, const V* s, V* out, int n) {
  switch (slope.kind) {
    case SlopeKind::zero:
      for (int v = 0; v < n; ++v) out[v] = hn::Zero(D());
      return;
    case SlopeKind::one:
      for (int v = 0; v < n; ++v) out[v] = hn::Set(D(), 1.0f);
      return;
    case SlopeKind::output:
      for (int v = 0; v < n; ++v) out[v] = s[v];
      return;
    case SlopeKind::escape:
      return run_member<Derivatives>(slope.escape, x, out, n);
    case SlopeKind::surrogate:
      return run_member<Surrogates>(slope.surrogate, x, out, n);
    case SlopeKind::own:
      return run_member<OwnSlopes>(slope.own, &slope.escape, x, s, out, n);
  }
}

}  // namespace spikegrad::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
