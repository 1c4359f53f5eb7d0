// SPDX-License-Identifier: Apache-2.0
// The functions of one number that core/dual.hpp differentiates: whatever holds a derivative has them all.
#pragma once

/// Calls the macro `of` with the name of each of them.
#define SPIKEGRAD_UNARY_FUNCTIONS(of)                                                                       \
  of(exp) of(expm1) of(log) of(log1p) of(log2) of(log10) of(sqrt) of(cbrt) of(sin) of(cos) of(tan) of(asin) \
      of(acos) of(atan) of(sinh) of(cosh) of(tanh) of(erf) of(erfc) of(lgamma) of(abs) of(fabs)
