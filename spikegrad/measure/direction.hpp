// SPDX-License-Identifier: Apache-2.0
// How the mean e of an estimator points against the true gradient g where both are known by noisy draws alone, of
// vectors so long that the noise may be longer than they are. Everything is made of inner products of draws that are
// independent of each other, whose means have no part of the noise in them:
//
//   <g, g> = mean over pairs i != j of <t_i, t_j>,   <e, g> = mean of <e_i, t_j>,   <e, e> as <g, g>
//
// (t_i, e_i: draws of the truth and of the estimator; all pairs, of which two halves of the draws are the simplest
// case). From these
//
//   cosine = <e, g> / (|e| |g|),   length = |e|/|g|,   bias = |e - g|/|g|,  |e - g|² = <e, e> + <g, g> - 2 <e, g>.
//
// Standard errors: the jackknife over the draws of the truth and, apart, of the estimator.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "spikegrad/core/grid.hpp"
#include "spikegrad/core/jackknife.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

/// Inner products of draws, over one part of the parameters. A vector with a single draw is known without noise.
struct DrawProducts {
  Grid<double> truth;  ///< [truth draws, truth draws]
  Grid<double> own;    ///< [draws, draws]
  Grid<double> cross;  ///< [draws, truth draws]
};

/// NaN: not to be said, as where the truth is not told apart from 0 by three standard errors of its square.
struct GradientDirection {
  Estimate cosine = {}, length = {}, bias = {};
  /// |e - g|²/|g|²: its noise is even, while that of `bias` cannot be below 0.
  Estimate bias_square = {};
  double noise = std::numeric_limits<double>::quiet_NaN();  ///< sqrt(variance of one draw)/|g|
};

/// |g|² without its noise.
SPIKEGRAD_EXPORT Estimate square_of(const Grid<double>& products);
/// Its root, by the delta method; NaN where the square is not above three standard errors.
SPIKEGRAD_EXPORT Estimate length_of(const Grid<double>& products);

SPIKEGRAD_EXPORT GradientDirection direction_of(const DrawProducts& products);

/// Products over the components from `first` on, `count` of them, of draws [draws][parameters].
SPIKEGRAD_EXPORT Grid<double> products_of(const std::vector<std::vector<double>>& a,
                                          const std::vector<std::vector<double>>& b, std::size_t first,
                                          std::size_t count);

}  // namespace spikegrad
