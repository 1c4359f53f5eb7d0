// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/core/quantile.hpp"

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

namespace spikegrad {

double normal_quantile(double probability) {
  return quantile(complement(boost::math::normal(), probability / 2.0));
}

double student_quantile(double probability, double degrees) {
  if (degrees <= 0.0) return std::numeric_limits<double>::infinity();
  if (std::isinf(degrees)) return normal_quantile(probability);
  return quantile(complement(boost::math::students_t(degrees), probability / 2.0));
}

}  // namespace spikegrad
