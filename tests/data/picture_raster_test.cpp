// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/picture_raster.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace spikegrad {
namespace {

TEST(PictureRaster, UnitZeroIsTheBottomRowAndTimeRunsRight) {
  Picture picture(3, 2, 1.0);
  picture[0][1] = 0.0;  // top right
  picture[2][0] = 0.0;  // bottom left
  const Grid<double> raster = picture_to_raster(picture, 2, 3, 0.5);
  Grid<double> expected(2, 3);
  expected[1][2] = expected[0][0] = 1.0;
  EXPECT_EQ(raster, expected);
  EXPECT_EQ(raster_to_picture(raster), picture);
}

TEST(PictureRaster, StretchesByMeans) {
  Picture half(2, 4, 1.0);
  half[0][0] = half[0][1] = half[1][0] = half[1][1] = 0.0;  // left half black
  // Three steps over four columns: the middle one is half black.
  EXPECT_EQ(picture_to_raster(half, 3, 1, 0.5)[0][0], 1.0);
  EXPECT_EQ(picture_to_raster(half, 3, 1, 0.4)[1][0], 0.0);
  EXPECT_EQ(picture_to_raster(half, 3, 1, 0.6)[1][0], 1.0);
  EXPECT_EQ(picture_to_raster(half, 3, 1, 0.5)[2][0], 0.0);
  // Enlarging repeats pixels.
  const Grid<double> large = picture_to_raster(half, 40, 10, 0.5);
  for (std::size_t t = 0; t < 40; ++t)
    for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(large[t][i], t < 20 ? 1.0 : 0.0);
}

TEST(PictureRaster, ThresholdDecides) {
  const Picture grey(1, 1, 0.3);
  EXPECT_EQ(picture_to_raster(grey, 1, 1, 0.2)[0][0], 0.0);
  EXPECT_EQ(picture_to_raster(grey, 1, 1, 0.4)[0][0], 1.0);
}

TEST(PictureRaster, RoundTripThroughAPng) {
  const Grid<double> raster = drawn_raster(189, 200);
  const Picture picture = decode_png(encode_png(raster_to_picture(raster)), "p.png");
  EXPECT_EQ(picture_to_raster(picture, 189, 200, 0.5), raster);
}

TEST(DrawnRaster, IsASpikeRasterAtAnySize) {
  for (const auto& [steps, units] :
       {std::pair<std::size_t, std::size_t>{1, 1}, {5, 3}, {189, 200}, {500, 40}}) {
    const Grid<double> raster = drawn_raster(steps, units);
    ASSERT_EQ(raster.rows(), steps);
    ASSERT_EQ(raster.columns(), units);
    for (std::size_t t = 0; t < steps; ++t)
      for (std::size_t i = 0; i < units; ++i) {
        EXPECT_TRUE(raster[t][i] == 0.0 || raster[t][i] == 1.0);
        EXPECT_FALSE(t > 0 && raster[t][i] == 1.0 && raster[t - 1][i] == 1.0) << t << " " << i;
      }
  }
}

// Sparse enough to be a spike raster (rates a neuron can have), and present in every part of the picture.
TEST(DrawnRaster, HasTheRatesOfATarget) {
  const Grid<double> raster = drawn_raster(189, 200);
  const auto spikes = std::count(raster.flat().begin(), raster.flat().end(), 1.0);
  const double rate = static_cast<double>(spikes) / (189 * 200 * 1e-3);
  EXPECT_GT(rate, 30.0);
  EXPECT_LT(rate, 100.0);
  for (std::size_t third = 0; third < 3; ++third) {
    double count = 0;
    for (std::size_t t = 63 * third; t < 63 * (third + 1); ++t)
      for (const double x : raster[t]) count += x;
    EXPECT_GT(count, 200);
  }
}

}  // namespace
}  // namespace spikegrad
