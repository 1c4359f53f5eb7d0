// SPDX-License-Identifier: Apache-2.0
// What nets answer to labelled samples, counted; and what is said of it, of one net or of several together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "spikegrad/core/grid.hpp"
#include "spikegrad/train/evaluation.hpp"

namespace spikegrad {

struct Answers {
  Answers(std::size_t samples, std::size_t classes) : confusion(classes, classes), votes(samples, classes) {}

  void add(std::size_t sample, std::size_t label, std::size_t answer);
  /// Of all trials. Not a number before the first.
  double accuracy() const { return static_cast<double>(right) / static_cast<double>(all); }
  /// The class that most trials of a sample answered.
  std::size_t vote(std::size_t sample) const;

  Grid<std::uint64_t> confusion;  ///< [label, answer]
  Grid<std::uint32_t> votes;      ///< [sample, answer]
  std::uint64_t right = 0, all = 0;
};

/// By speaker, in the order of their numbers; empty where speakers are not known.
std::vector<SpeakerAccuracy> judge_speakers(const Answers& answers, const Task& task);

/// The members "speakers", "classes" and "confusion" of evaluation.json.
void add_answers(nlohmann::json& json, const std::vector<SpeakerAccuracy>& speakers,
                 const Grid<std::uint64_t>& confusion, const Task& task);

}  // namespace spikegrad
