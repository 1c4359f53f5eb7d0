// SPDX-License-Identifier: Apache-2.0
// The findings' measurements, one file each; docs/findings.md says what they measure and when they hold.
#pragma once

#include "spikegrad/findings/findings.hpp"

namespace spikegrad {

FindingResult measure_one_neuron(const FindingSettings& settings, Progress& progress);
FindingResult measure_layers(const FindingSettings& settings, Progress& progress);
FindingResult measure_opposite_sign(const FindingSettings& settings, Progress& progress);
FindingResult measure_no_surrogate_loss(const FindingSettings& settings, Progress& progress);
FindingResult measure_link(const FindingSettings& settings, Progress& progress);
FindingResult measure_estimators(const FindingSettings& settings, Progress& progress);
FindingResult measure_training(const FindingSettings& settings, Progress& progress);
FindingResult measure_alignment(const FindingSettings& settings, Progress& progress);
FindingResult measure_local_rules(const FindingSettings& settings, Progress& progress);

/// The target and the data of the settings.
void check_training(const FindingSettings& settings);
void check_alignment(const FindingSettings& settings);

}  // namespace spikegrad
