// SPDX-License-Identifier: Apache-2.0
// Quantiles of the distributions that judge a mean by its standard error.
#pragma once

namespace spikegrad {

/// The |z| that a standard normal number exceeds with probability `probability`, either side counted.
double normal_quantile(double probability);

/// The same of Student's t with `degrees` degrees of freedom (Student, Biometrika 6, 1908): of a mean of n
/// values over its standard error, n - 1. Infinite for none, normal_quantile() for
/// infinitely many.
double student_quantile(double probability, double degrees);

/// Of a normal number, the probability beyond two standard errors.
inline constexpr double beyond_two_errors = 0.04550026389635842;

}  // namespace spikegrad
