// SPDX-License-Identifier: Apache-2.0
// A. M. Saxe, J. L. McClelland, S. Ganguli, ICLR 2014: a block of weights [post][pre] whose rows (or columns, where
// these are fewer) have length `gain` and are orthogonal to each other, drawn evenly among all such. A recurrent
// connection with gain 1 then neither lengthens nor shortens a vector.
#pragma once

#include <string_view>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/field.hpp"
#include "spikegrad/network/initialiser/distribution.hpp"

namespace spikegrad {

struct OrthogonalInitialiser {
  static constexpr std::string_view kind = "orthogonal";
  static constexpr std::string_view summary = "rows, or columns, that are orthogonal and of length gain";

  double gain = 1.0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& visit) {
    visit("gain", self.gain, Range::positive, "length of the rows");
  }

  WeightDistribution make(const Afferent& to) const {
    if (!to.target)
      throw UserError("'orthogonal' is for weights, which are a matrix, not for one number a unit");
    return {WeightDistribution::Shape::orthogonal, 0.0, gain};
  }
};

}  // namespace spikegrad
