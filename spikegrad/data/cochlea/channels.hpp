// SPDX-License-Identifier: Apache-2.0
// From the spectrum of a sound to the spikes of a block of channels: the loops, compiled once for each
// instruction set.
#pragma once

#include <cstdint>
#include <vector>

#include "spikegrad/core/random.hpp"
#include "spikegrad/data/cochlea/fourier.hpp"
#include "spikegrad/data/cochlea/membrane.hpp"

namespace spikegrad::cochlea {

struct ChannelSpike {
  std::uint32_t step;
  std::uint16_t channel;
};

/// All of the sound that the channels share.
struct Stimulus {
  const Response* response = nullptr;
  const FourierPlan<float>* plan = nullptr;  ///< of response->bins
  std::vector<float> spectrum = {};          ///< [bins][re, im], divided by the number of bins
  DrawKey draws = {};                        ///< unit: channel, step: step of the grid
};

/// Memory of a thread.
struct ChannelWorkspace {
  std::vector<float> waves, spare;
};

/// The spectrum of `sound`, 2 · bins samples long; plan: of that length.
std::vector<float> spectrum_of(const std::vector<double>& sound, const FourierPlan<double>& plan);

/// Appends the spikes of block b, in no order. With `velocities` also [16][steps], the membrane's velocity.
void run_block(const Stimulus& stimulus, std::size_t b, double dt, ChannelWorkspace& workspace,
               std::vector<ChannelSpike>& spikes, float* velocities = nullptr);

}  // namespace spikegrad::cochlea
