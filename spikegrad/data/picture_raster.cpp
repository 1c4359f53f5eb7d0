// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/picture_raster.hpp"

#include <algorithm>
#include <cmath>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace {

/// Mean over the columns [from, to) of `row`, whose ends may lie within a pixel.
double mean_between(std::span<const double> row, double from, double to) {
  double sum = 0.0;
  for (auto i = static_cast<std::size_t>(from); i < row.size() && static_cast<double>(i) < to; ++i) {
    const auto left = static_cast<double>(i);
    sum += row[i] * (std::min(to, left + 1.0) - std::max(from, left));
  }
  return sum / (to - from);
}

Grid<double> transposed(const Grid<double>& grid) {
  Grid<double> out(grid.columns(), grid.rows());
  for (std::size_t r = 0; r < grid.rows(); ++r)
    for (std::size_t c = 0; c < grid.columns(); ++c) out[c][r] = grid[r][c];
  return out;
}

/// Each row replaced by `columns` means over equal parts of it.
Grid<double> stretch_rows(const Grid<double>& grid, std::size_t columns) {
  Grid<double> out(grid.rows(), columns);
  const double width = static_cast<double>(grid.columns()) / static_cast<double>(columns);
  for (std::size_t r = 0; r < grid.rows(); ++r)
    for (std::size_t c = 0; c < columns; ++c) {
      const double from = static_cast<double>(c) * width;
      out[r][c] = mean_between(grid[r], from, from + width);
    }
  return out;
}

}  // namespace

Grid<double> picture_to_raster(const Picture& picture, std::size_t steps, std::size_t units,
                               double threshold) {
  require(!picture.empty() && steps > 0 && units > 0, "a picture and its raster have at least one pixel");
  const Grid<double> scaled =
      stretch_rows(transposed(stretch_rows(picture, steps)), units);  // [steps, from top]
  Grid<double> raster(steps, units);
  for (std::size_t t = 0; t < steps; ++t)
    for (std::size_t i = 0; i < units; ++i) raster[t][i] = scaled[t][units - 1 - i] < threshold ? 1.0 : 0.0;
  return raster;
}

Picture raster_to_picture(const Grid<double>& raster) {
  Picture picture(raster.columns(), raster.rows(), 1.0);
  for (std::size_t t = 0; t < raster.rows(); ++t)
    for (std::size_t i = 0; i < raster.columns(); ++i)
      if (raster[t][i] != 0.0) picture[raster.columns() - 1 - i][t] = 0.0;
  return picture;
}

}  // namespace spikegrad
