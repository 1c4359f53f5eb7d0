// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/figure/finding.hpp"

#include <algorithm>

namespace spikegrad {

bool holds(const FindingResult& result) {
  return std::ranges::all_of(result.rows, &FindingRow::holds);
}

double seconds(const FindingResult& result) {
  double sum = 0.0;
  for (const auto& row : result.rows) sum += row.seconds;
  return sum;
}

}  // namespace spikegrad
