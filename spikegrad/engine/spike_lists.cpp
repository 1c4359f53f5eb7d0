// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/spike_lists.hpp"

#include <algorithm>

#include "spikegrad/engine/cpu/kernels.hpp"
#include "spikegrad/engine/cpu/spike_bits.hpp"

namespace spikegrad {
namespace {

/// A row of bits for each step, of which the list is made: so that all but the reading costs what the spikes cost.
template <class T, class Row>
bool list(std::span<const T> values, std::size_t size, SpikeLists& lists, Row&& bits_of) {
  lists.begin.clear();
  if (size == 0 || size > 65536) return false;
  const std::size_t steps = values.size() / size;
  const cpu::SpikeIndexKernels kernels = cpu::spike_index_kernels();
  std::vector<std::uint8_t> bits((size + 7) / 8 + cpu::index_slack / 8);
  lists.begin.assign(steps + 1, 0);
  for (std::size_t t = 0; t < steps; ++t) {
    if (!bits_of(values.data() + t * size, bits.data())) return false;
    const std::size_t most = lists.begin[t] + size + cpu::index_slack;
    if (lists.units.size() < most) lists.units.resize(2 * most);
    kernels.spike_indices({.mask = bits.data(),
                           .mask_pitch = 0,
                           .size = size,
                           .begin = t,
                           .end = t + 1,
                           .starts = lists.begin.data(),
                           .units = lists.units.data()});
  }
  lists.units.resize(lists.begin.back());
  return true;
}

}  // namespace

bool list_spikes(std::span<const float> values, std::size_t size, SpikeLists& lists) {
  return list(values, size, lists,
              [size](const float* at, std::uint8_t* bits) { return cpu::spike_bits(at, size, bits); });
}

bool list_spikes(std::span<const double> values, std::size_t size, SpikeLists& lists) {
  std::vector<float> row(size);
  return list(values, size, lists, [&](const double* at, std::uint8_t* bits) {
    // What is neither 0 nor 1 may round to them.
    std::transform(at, at + size, row.begin(), [](double v) {
      return v == 0.0 ? 0.0f : v == 1.0 ? 1.0f : 2.0f;
    });
    return cpu::spike_bits(row.data(), size, bits);
  });
}

}  // namespace spikegrad
