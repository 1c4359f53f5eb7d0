// SPDX-License-Identifier: Apache-2.0
// Sound to spikes: the artificial cochlea with which the Spiking Heidelberg Digits were made [C]. Sound moves
// the basilar membrane (membrane.hpp); at each of its places a hair cell turns velocity into the probability
// of spikes in 40 nerve fibres (hair_cell-inl.hpp); they end on one bushy cell (bushy-inl.hpp), whose spikes
// are the channel's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "spikegrad/core/progress.hpp"
#include "spikegrad/data/cochlea/channels.hpp"
#include "spikegrad/data/event_set.hpp"

namespace spikegrad {

struct CochleaSettings {
  std::size_t channels = 700;  ///< 1 to 65,536, from high tones (0) to low ones
  double duration = 0.9;       ///< seconds of a word: longer ones are cut, after shorter ones comes silence
  std::uint64_t seed = 0;
};

/// A recording and what is said in it.
struct Recording {
  std::filesystem::path file;
  std::uint16_t label = 0, speaker = 0;
};

class Cochlea {
 public:
  /// Takes seconds: computes how the membrane answers to every frequency. Throws UserError for settings
  /// outside the ranges above.
  explicit Cochlea(const CochleaSettings& settings, unsigned threads = 0);

  /// 16 kHz samples of a word, and on the grid of the cochlea, 125 µs.
  std::size_t samples() const { return 2 * steps(); }
  std::size_t steps() const { return response_.bins; }
  static constexpr double dt = 125e-6;
  const cochlea::Response& response() const { return response_; }

  /// The spikes of a sound of samples() at 16 kHz, full scale about 1; sorted by step, then channel. `word`
  /// says which sound it is: other words have other random numbers. With `velocities` also
  /// [channels, rounded up to 16][steps], how fast the membrane moves.
  std::vector<cochlea::ChannelSpike> listen(const std::vector<double>& sound, std::uint64_t word,
                                            cochlea::ChannelWorkspace& workspace,
                                            std::vector<float>* velocities = nullptr) const;

 private:
  CochleaSettings settings_;
  cochlea::Response response_;
  cochlea::FourierPlan<float> plan_;
  cochlea::FourierPlan<double> sound_plan_;
};

/// Reads, resamples, scales and hears each recording. A word's random numbers are keyed by the seed and the
/// name of its file (without folders), so that its spikes depend on nothing else. Throws UserError for a file
/// that cannot be read.
EventSet hear(const CochleaSettings& settings, const std::vector<Recording>& recordings,
              std::vector<std::string> class_names, unsigned threads = 0, Progress& progress = no_progress());

}  // namespace spikegrad
