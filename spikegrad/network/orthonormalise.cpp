// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/network/orthonormalise.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace spikegrad {
namespace {

std::vector<double> transposed(std::span<const double> matrix, std::size_t columns) {
  const std::size_t rows = matrix.size() / columns;
  std::vector<double> out(matrix.size());
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) out[j * rows + i] = matrix[i * columns + j];
  return out;
}

}  // namespace

void orthonormalise(std::span<double> matrix, std::size_t columns) {
  const std::size_t rows = matrix.size() / columns;
  if (rows > columns) {
    std::vector<double> turned = transposed(matrix, columns);
    orthonormalise(turned, rows);
    const std::vector<double> back = transposed(turned, rows);
    std::copy(back.begin(), back.end(), matrix.begin());
    return;
  }
  for (std::size_t i = 0; i < rows; ++i) {
    const std::span<double> row = matrix.subspan(i * columns, columns);
    for (int pass = 0; pass < 2; ++pass)  // the second takes away what rounding left
      for (std::size_t k = 0; k < i; ++k) {
        const std::span<const double> before = matrix.subspan(k * columns, columns);
        const double part = std::inner_product(row.begin(), row.end(), before.begin(), 0.0);
        for (std::size_t j = 0; j < columns; ++j) row[j] -= part * before[j];
      }
    const double length = std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0));
    for (double& v : row) v /= length;
  }
}

}  // namespace spikegrad
