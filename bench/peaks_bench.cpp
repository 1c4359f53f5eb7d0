// SPDX-License-Identifier: Apache-2.0
// What one thread of this machine can do at most, for the three things that the CPU engine spends its time
// on: products with both factors in registers, sums of rows of 64 columns taken in random order from the
// first- or the second-level cache, and the same into rows (loaded and stored). In 10^9 floats a second, the
// best of many turns. bench/roofline.py (`./run bench roofline`) puts the engine's own times beside them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/peaks_bench.cpp"
#include "spikegrad/engine/cpu/targets.hpp"
//
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

#ifndef SPIKEGRAD_BENCH_PEAKS_TYPES
#define SPIKEGRAD_BENCH_PEAKS_TYPES
namespace peaks {
inline constexpr std::size_t row = 64;  ///< floats: a panel of the engine

/// Adds rows[order[i]], i < count, into to or out of it.
struct Sums {
  float* rows;
  const std::uint16_t* order;
  std::size_t count;
  float* to;
};
struct Loops {
  const char* instruction_set;
  void (*products)(std::size_t turns, float* to);  ///< turns · 16 vectors of multiplications with additions
  std::size_t lanes;
  void (*gather)(const Sums&);   ///< to += each row, of an even count
  void (*scatter)(const Sums&);  ///< each row += to
};
}  // namespace peaks
#endif

HWY_BEFORE_NAMESPACE();
namespace peaks::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
inline constexpr std::size_t lanes = hn::MaxLanes(D());
inline constexpr std::size_t chunk = 4;  ///< vectors in registers, twice

void products(std::size_t turns, float* to) {
  const D d;
  constexpr int chains = lanes >= 16 ? 16 : 8;
  V sum[chains];
  for (int c = 0; c < chains; ++c) sum[c] = hn::LoadU(d, to + c * lanes);
  const V a = hn::Set(d, to[0]), b = hn::Set(d, to[1]);
  for (std::size_t i = 0; i < turns * 16 / chains; ++i)
    for (int c = 0; c < chains; ++c) sum[c] = hn::MulAdd(sum[c], a, b);
  for (int c = 0; c < chains; ++c) hn::StoreU(sum[c], d, to + c * lanes);
}

void gather(const Sums& s) {
  const D d;
  for (std::size_t at = 0; at < row; at += chunk * lanes) {
    V sum[chunk], other[chunk];  // two, so that one addition need not wait for the one before
    for (std::size_t v = 0; v < chunk; ++v)
      sum[v] = hn::LoadU(d, s.to + at + v * lanes), other[v] = hn::Zero(d);
    for (std::size_t i = 0; i + 2 <= s.count; i += 2) {
      const float *even = s.rows + s.order[i] * row + at, *odd = s.rows + s.order[i + 1] * row + at;
      for (std::size_t v = 0; v < chunk; ++v) {
        sum[v] = hn::Add(sum[v], hn::LoadU(d, even + v * lanes));
        other[v] = hn::Add(other[v], hn::LoadU(d, odd + v * lanes));
      }
    }
    for (std::size_t v = 0; v < chunk; ++v) hn::StoreU(hn::Add(sum[v], other[v]), d, s.to + at + v * lanes);
  }
}

void scatter(const Sums& s) {
  const D d;
  for (std::size_t at = 0; at < row; at += chunk * lanes) {
    V more[chunk];
    for (std::size_t v = 0; v < chunk; ++v) more[v] = hn::LoadU(d, s.to + at + v * lanes);
    for (std::size_t i = 0; i < s.count; ++i) {
      float* to = s.rows + s.order[i] * row + at;
      for (std::size_t v = 0; v < chunk; ++v)
        hn::StoreU(hn::Add(more[v], hn::LoadU(d, to + v * lanes)), d, to + v * lanes);
    }
  }
}

Loops loops() {
  return {hwy::TargetName(HWY_TARGET), products, lanes, gather, scatter};
}

}  // namespace peaks::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

#include "spikegrad/engine/cpu/buffer.hpp"

namespace peaks {
using spikegrad::cpu::zeros;
HWY_EXPORT(loops);

/// 10^9 floats a second of a call that handles so many, the best of half a second.
template <class Call>
double rate(double floats, Call&& call) {
  using Clock = std::chrono::steady_clock;
  const auto seconds = [](auto time) { return std::chrono::duration<double>(time).count(); };
  double best = 0.0;
  for (const auto begin = Clock::now(); seconds(Clock::now() - begin) < 0.5;) {
    const auto start = Clock::now();
    call();
    best = std::max(best, 1e-9 * floats / seconds(Clock::now() - start));
  }
  return best;
}

}  // namespace peaks

int main(int count, char** arguments) {
  using namespace peaks;
  const Loops loops = HWY_DYNAMIC_DISPATCH(peaks::loops)();
  const auto sums = [](std::size_t rows, auto loop) {
    auto panel = zeros(rows * row), to = zeros(row);  // aligned to cache lines, as the engine's
    std::vector<std::uint16_t> order(20000);
    std::mt19937 generator(1);
    for (std::uint16_t& at : order) at = static_cast<std::uint16_t>(generator() % rows);
    return rate(static_cast<double>(order.size() * row), [&] {
      loop({panel.data(), order.data(), order.size(), to.data()});
    });
  };
  std::vector<float> registers(16 * loops.lanes, 0.5f);
  constexpr std::size_t turns = 20000, small = 64, large = 700;
  const double products =
      rate(static_cast<double>(turns * 16 * loops.lanes), [&] { loops.products(turns, registers.data()); });
  const double near = sums(small, loops.gather), far = sums(large, loops.gather);
  const double into_near = sums(small, loops.scatter), into_far = sums(large, loops.scatter);
  const bool json = count > 1 && std::strcmp(arguments[1], "--json") == 0;
  std::printf(
      json ? "{\"instruction_set\": \"%s\", \"products\": %.2f, \"sums_16_kb\": %.2f, \"sums_179_kb\": %.2f, "
             "\"into_rows_16_kb\": %.2f, \"into_rows_179_kb\": %.2f}\n"
           : "%s, one thread, 10^9 floats a second\n"
             "products in registers         %7.1f\n"
             "sums of rows of 16 KB         %7.1f\n"
             "sums of rows of 179 KB        %7.1f\n"
             "sums into rows of 16 KB       %7.1f\n"
             "sums into rows of 179 KB      %7.1f\n",
      loops.instruction_set, products, near, far, into_near, into_far);
}
#endif
