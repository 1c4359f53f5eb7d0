// SPDX-License-Identifier: Apache-2.0
// The list of findings: one line each.
#include <array>
#include <string>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/suggest.hpp"
#include "spikegrad/findings/findings.hpp"
#include "spikegrad/findings/measurements.hpp"

namespace spikegrad {
namespace {

constexpr std::array registry{
    FindingInfo{"F1", "One neuron: the surrogate gradient is the derivative of the expected output",
                measure_one_neuron},
    FindingInfo{"F2", "Two and more layers: the surrogate gradient is biased", measure_layers},
    FindingInfo{"F3", "Opposite sign: the surrogate gradient of a differentiable net can point the wrong way",
                measure_opposite_sign},
    FindingInfo{"F4", "No surrogate loss: the surrogate gradient is not the gradient of anything",
                measure_no_surrogate_loss},
    FindingInfo{"F5", "The link: surrogate gradients are smoothed stochastic derivatives", measure_link},
    FindingInfo{"F6", "What each estimator costs: bias, variance and time", measure_estimators},
    FindingInfo{"F7", "Training: surrogate gradients train stochastic nets, which keep their variability",
                measure_training, check_training},
    FindingInfo{
        "F8", "Alignment: how surrogate gradients point along the true gradient in training, layer by layer",
        measure_alignment, check_alignment},
    FindingInfo{"F9", "Local rules: where their bias comes from", measure_local_rules},
};

}  // namespace

std::span<const FindingInfo> findings() {
  return registry;
}

const FindingInfo& find_finding(std::string_view id) {
  std::vector<std::string_view> ids;
  for (const FindingInfo& info : registry) {
    if (info.id == id) return info;
    ids.push_back(info.id);
  }
  throw UserError("there is no finding '" + std::string(id) + "'" + suggestion(id, ids));
}

}  // namespace spikegrad
