// SPDX-License-Identifier: Apache-2.0
// What one spike does to the potentials of a trial while all other spikes stay as they are: every x is then affine
// in it, through the filters and the resets of the recorded spikes.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "spikegrad/core/grid.hpp"
#include "spikegrad/engine/draws.hpp"
#include "spikegrad/engine/problem.hpp"
#include "spikegrad/network/synapse_delays.hpp"
#include "spikegrad/network/tape.hpp"
#include "spikegrad/network/time_constants.hpp"

namespace spikegrad {

/// Of one trial; takes flip after flip.
class SpikeFlip {
 public:
  SpikeFlip(const Problem& problem, const Tape<double>& tape);

  /// The spike of the slot becomes the other one: moved() has the rest.
  void flip(const Slot& slot);

  /// What x of each unit moved by [steps, units]; 0 before the step of the flip.
  const Grid<double>& moved() const { return moved_; }
  /// Populations whose x may have moved.
  const std::vector<std::size_t>& reached() const { return reached_; }

 private:
  void drive(const Slot& slot, double change);
  void follow(const Slot& slot, std::size_t population);

  const Problem& problem_;
  const Tape<double>& tape_;
  Decays<double> learned_;
  DelayTaps<double> taps_;
  AllSynapseTaps<double> synapse_taps_;
  Grid<double> moved_, drive_;  ///< [steps, units]
  std::vector<std::size_t> reached_;
};

}  // namespace spikegrad
