// SPDX-License-Identifier: Apache-2.0
// A row-major matrix that owns its memory; rows are steps wherever time is involved.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace spikegrad {

template <class T>
class Grid {
 public:
  Grid() = default;
  Grid(std::size_t rows, std::size_t columns, const T& value = T{})
      : rows_(rows), columns_(columns), data_(rows * columns, value) {}

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  bool empty() const { return data_.empty(); }

  std::span<T> operator[](std::size_t row) { return {data_.data() + row * columns_, columns_}; }
  std::span<const T> operator[](std::size_t row) const { return {data_.data() + row * columns_, columns_}; }

  std::span<T> flat() { return data_; }
  std::span<const T> flat() const { return data_; }

  void fill(const T& value) { std::fill(data_.begin(), data_.end(), value); }

  /// Gives the grid this shape; keeps the allocation (and stale values) when the shape is the same.
  void resize(std::size_t rows, std::size_t columns) {
    rows_ = rows;
    columns_ = columns;
    data_.resize(rows * columns);
  }

  bool operator==(const Grid&) const = default;

 private:
  std::size_t rows_ = 0, columns_ = 0;
  std::vector<T> data_;
};

}  // namespace spikegrad
