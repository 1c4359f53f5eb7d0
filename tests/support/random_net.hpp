// SPDX-License-Identifier: Apache-2.0
// Random problems over the whole model language, for properties that must hold on every net: 1 to 3 spiking
// layers of LIF, ALIF and binary units, every reset, differentiated through or not, recurrent, feedback and
// skip connections, dense and convolutional, biases, readouts, every output kind, escape function, surrogate
// and loss. The same seed and options give the same problem. Potentials and probabilities are moderate: most
// p lie between 0.05 and 0.95.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spikegrad/engine/problem.hpp"

namespace spikegrad::testing {

struct RandomNetOptions {
  /// Bound on the stochastic spikes of a trial, and so on the 2^n histories. It bounds the units of a layer
  /// whatever its output.
  std::size_t max_spikes = 10;
  std::size_t max_layers = 3;  ///< spiking layers; at least 1
  std::size_t min_steps = 1, max_steps = 8;
  std::size_t max_units = 4;   ///< of one spiking layer
  std::size_t max_inputs = 4;  ///< units of the input

  bool lif = true, binary = true;  ///< unit models of the spiking layers; at least one
  bool learned = true;  ///< some populations learn their time constants, gains or thresholds; never: false
  bool refractory = false;  ///< some populations have a refractory period
  bool adaptive = true;     ///< some layers adapt, or are of any other model; never: false
  bool recurrent = true, feedback = true, skips = true, conv = true, biases = true;
  bool planes =
      false;  ///< with `conv`: also over rows and columns, with dilation, in groups; biases of channels
  bool wide_kernels = false;  ///< some convolutions reach far, or leave much out
  bool readouts = true;       ///< some nets end in a readout; never: false
  bool value_inputs = true;   ///< some inputs are real numbers; never: only spikes
  bool hidden_losses = true;  ///< some losses look at an earlier population than the last
  bool regularisers = true;   ///< some nets have penalties on their spike counts
  bool dropout = true;        ///< in some nets populations drop out
  bool delays = true;         ///< some connections have delays, some learn them
  bool spread =
      false;  ///< some learned delays of synapses are spread: problems are in training (RandomNet::done)
  bool own_surrogates = true;  ///< some populations have g ≠ f'; never: g = f' throughout
  double dt = 1e-3;

  std::vector<OutputKind> outputs = {OutputKind::stochastic};  ///< each layer takes one at random
  /// Kinds to choose from (their `kind` strings); empty: all there are. A loss that does not fit the net's
  /// last population is not chosen; `linear` stands in where none fits.
  std::vector<std::string_view> escapes = {}, losses = {}, resets = {};
};

/// A problem and all it refers to.
struct RandomNet {
  Network network;
  std::vector<double> parameters;
  Input input;
  Loss loss;
  std::string description;  ///< seed and what the net is made of, for failure messages
  std::vector<Regulariser> regularisers = {};
  std::vector<double> dropout_scale = {};  ///< factors of one trial, where populations drop out

  /// Of the training, where delays are spread.
  static constexpr double done = 0.1;
  Problem problem() const { return {network, parameters, input, loss, regularisers, dropout_scale, done}; }
};

RandomNet random_net(std::uint64_t seed, const RandomNetOptions& options = {});

}  // namespace spikegrad::testing
