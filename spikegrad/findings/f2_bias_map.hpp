// SPDX-License-Identifier: Apache-2.0
// How far the surrogate gradient is from the truth over a grid of net settings, both enumerated.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "spikegrad/core/jackknife.hpp"
#include "spikegrad/figure/figure.hpp"
#include "spikegrad/findings/findings.hpp"
#include "spikegrad/findings/random_stack.hpp"

namespace spikegrad {

/// Quality of the surrogate gradient in one kind of net: means over random nets. NaN: not feasible.
struct BiasCell {
  Estimate relative_bias;   ///< Σ_nets |E[surrogate] - truth| / Σ_nets |truth|, by ratio_of_sums()
  Estimate cosine;          ///< mean over nets
  Estimate sign_agreement;  ///< mean over nets of the share of components with the truth's sign
  Estimate rate;  ///< mean over nets of E[spikes] per hidden unit and step; NaN without hidden layers
};

struct BiasMapSettings {
  std::size_t nets = 1;          ///< per cell
  std::size_t most_spikes = 14;  ///< of a trial; cells with more are left out
  bool rates = false;            ///< BiasCell::rate as well
  std::uint64_t seed = 1;        ///< net n has the same random numbers in every cell
  unsigned threads = 0;
};

/// One cell for each stack, in order.
std::vector<BiasCell> bias_cells(const Model& base, const std::vector<StackSettings>& stacks,
                                 const BiasMapSettings& settings, const std::string& task,
                                 Progress& progress);

/// A grid of stacks: rows × columns, with the names of both axes' values.
struct BiasGrid {
  std::string x_label, y_label;
  std::vector<std::string> columns, rows;
  std::vector<StackSettings> stacks;  ///< [row, column]
};

/// Three maps over the grid: relative bias, cosine, sign agreement.
Figure bias_map_figure(const BiasGrid& grid, const std::vector<BiasCell>& cells, std::size_t most_spikes,
                       std::string id, std::string title, std::string caption);

}  // namespace spikegrad
