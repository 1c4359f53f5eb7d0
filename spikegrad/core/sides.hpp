// SPDX-License-Identifier: Apache-2.0
// A setting that is a whole number for rows and one for columns: [rows, columns] in model files, where one
// number stands for both.
#pragma once

#include <cstddef>

namespace spikegrad {

struct Sides {
  std::size_t rows = 1, columns = 1;
  bool operator==(const Sides&) const = default;
};

}  // namespace spikegrad
