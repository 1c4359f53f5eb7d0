// SPDX-License-Identifier: Apache-2.0
// Spike times on smooth random manifolds ([ZV], "randman").
#pragma once

#include <cstdint>

#include "spikegrad/core/progress.hpp"
#include "spikegrad/data/event_set.hpp"
#include "spikegrad/export.hpp"

namespace spikegrad {

/// The defaults are those of the classification task of [GZ].
struct RandmanSettings {
  std::size_t classes = 15;              ///< 1 to 65,536
  std::size_t samples_per_class = 1000;  ///< 1 or more
  std::size_t units = 20;                ///< embedding dimensions, one spike each; 1 to 65,536
  std::size_t dimensions = 1;            ///< of the manifold, 1 to 16
  double smoothness = 0.5;               ///< α: larger is smoother; above 0
  double duration = 0.1;                 ///< seconds that the spikes are spread over, above 0
  std::uint64_t seed = 0;                ///< of the manifolds
  std::uint32_t part = 0;  ///< other points of the same manifolds, e.g. 0 to train on and 1 to test on
};

/// Class c and unit i have a random function of the points x of the unit cube, a product over the
/// dimensions d of that cube:
///
///   f(x) = Π_d Σ_{k=0…K-1} a_kd (k+1)^-α sin(2π (k b_kd x_d + c_kd))
///   a, b, c ~ U(0, 1),  K = min(1000, ⌈1000^{1/α}⌉)
///
/// scaled so that the values at 1,000 fixed points of the class span 0 … 1, and clamped to that. A sample is
/// a point drawn uniformly; unit i spikes once, at duration · f(x). The samples of a class follow each other.
/// Keyed by (seed, class, unit) and (seed, part, class, sample), so nothing depends on how many samples or
/// threads there are. Throws UserError for settings outside the ranges above.
SPIKEGRAD_EXPORT EventSet make_randman(const RandmanSettings& settings, unsigned threads = 0,
                                       Progress& progress = no_progress());

}  // namespace spikegrad
