// SPDX-License-Identifier: Apache-2.0
// The Hankel function of the first kind and order 0 of complex numbers.
#pragma once

#include <complex>

namespace spikegrad::cochlea {

/// H0(z) = J0(z) + i Y0(z), |arg z| < π: the power series below |z| = 9, the asymptotic expansion above
/// (Abramowitz & Stegun 9.1.12, 9.1.13 and 9.2.7). Relative error below 1e-6, and 1e-8 on the real axis.
std::complex<double> hankel0(std::complex<double> z);

}  // namespace spikegrad::cochlea
