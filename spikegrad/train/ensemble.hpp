// SPDX-License-Identifier: Apache-2.0
// Several nets as one judge: each gives every sample a probability of each class, the softmax of what its loss takes
// the largest of, and the class of the largest mean over nets and trials is the answer.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "spikegrad/core/grid.hpp"
#include "spikegrad/export.hpp"
#include "spikegrad/train/evaluation.hpp"

namespace spikegrad {

/// [samples, classes]: mean over trials. Throws UserError as evaluate() does, and where the loss has no classes.
SPIKEGRAD_EXPORT Grid<double> class_probabilities(const Model& model, std::span<const double> parameters,
                                                  const Task& task, const EvaluationSettings& settings = {},
                                                  Progress& progress = no_progress());

struct EnsembleJudgement {
  std::size_t samples = 0, nets = 0;
  double accuracy = 0.0;
  std::pair<double, double> interval = {};     ///< 95 %, Wilson, of the number of samples
  std::vector<double> of_nets = {};            ///< each by itself, by its mean over trials
  Grid<std::uint64_t> confusion = {};          ///< [label, answer]
  std::vector<SpeakerAccuracy> speakers = {};  ///< by number; empty where speakers are not known
};

/// `probabilities`: one grid for each net, of the same samples and classes. Throws UserError where they are not.
SPIKEGRAD_EXPORT EnsembleJudgement judge_ensemble(const std::vector<Grid<double>>& probabilities,
                                                  const Task& task);

SPIKEGRAD_EXPORT std::string to_json(const EnsembleJudgement& judgement, const Task& task,
                                     const std::vector<std::string>& runs, const Provenance& made);

}  // namespace spikegrad
