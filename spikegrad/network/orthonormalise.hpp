// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace spikegrad {

/// Makes the rows of a matrix [rows][columns] orthonormal, or its columns where these are fewer, by Gram and Schmidt:
/// each loses its parts along those before it. Independent normal numbers become evenly distributed matrices.
void orthonormalise(std::span<double> matrix, std::size_t columns);

}  // namespace spikegrad
