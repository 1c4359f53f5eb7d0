// SPDX-License-Identifier: Apache-2.0
// The bias of a local rule in two parts. With T the true gradient, S the expected surrogate gradient with g = f' and R
// the rule's expectation,
//
//   R - T = (S - T) + (R - S) = linearisation + truncation:
//
// what comes of the tangent that stands for the difference a spike makes, and what comes of the paths that the rule
// leaves out, or of the weights that it does not know. All three are enumerated.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "spikegrad/core/jackknife.hpp"
#include "spikegrad/core/progress.hpp"
#include "spikegrad/model/model.hpp"

namespace spikegrad {

/// Of one net: lengths, and products of the parts.
struct NetParts {
  double truth = 0.0, linearisation = 0.0, truncation = 0.0, total = 0.0;
  double cosine = 0.0;         ///< of the rule with the truth
  double surrogate = 0.0;      ///< of the surrogate gradient with the truth
  double between_parts = 0.0;  ///< cosine of the two parts; NaN where one is 0
};

NetParts bias_parts(const Model& model, std::string_view rule);

/// Over nets: lengths relative to the truth's by ratio_of_sums(), cosines as means over the nets that have one.
struct PartsCell {
  Estimate linearisation, truncation, total;
  Estimate ratio;  ///< Σ truncation / Σ linearisation
  Estimate cosine, surrogate, between_parts;
  double largest_truncation = 0.0;  ///< relative to the truth's length, of any net
};

PartsCell summarise(const std::vector<NetParts>& nets);

struct PartsSettings {
  std::size_t nets = 1;
  unsigned threads = 0;
  std::string task = {};  ///< for the progress
};

/// One cell for each kind of net; make(cell, net) gives its net.
std::vector<PartsCell> parts_cells(std::size_t cells,
                                   const std::function<Model(std::size_t, std::size_t)>& make,
                                   std::string_view rule, const PartsSettings& settings, Progress& progress);

}  // namespace spikegrad
