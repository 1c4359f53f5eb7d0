// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/png.hpp"

#include <gtest/gtest.h>
#include <png.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/core/random.hpp"

namespace spikegrad {
namespace {

/// Pixels in one of libpng's formats (PNG_FORMAT_RGBA, …) as a PNG.
std::string encode(const std::vector<png_byte>& pixels, png_uint_32 width, png_uint_32 height,
                   png_uint_32 format) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = format;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string bytes(size, '\0');
  EXPECT_NE(png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, nullptr), 0);
  bytes.resize(size);
  return bytes;
}

Picture checkerboard(std::size_t rows, std::size_t columns) {
  Picture picture(rows, columns);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) picture[r][c] = static_cast<double>((r + c) % 2);
  return picture;
}

std::string error_of(std::string_view bytes) {
  try {
    decode_png(bytes, "p.png");
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Png, ReadsWhatItWrote) {
  for (const auto& [rows, columns] : {std::pair<std::size_t, std::size_t>{1, 1}, {7, 3}, {64, 100}}) {
    const Picture picture = checkerboard(rows, columns);
    EXPECT_EQ(decode_png(encode_png(picture), "p.png"), picture);
  }
  const Picture grey(2, 2, 51.0 / 255.0);
  EXPECT_EQ(decode_png(encode_png(grey), "p.png"), grey);
}

TEST(Png, ColoursBecomeTheirLuminance) {
  const auto bytes = encode({0, 0, 0, 255, 255, 255, 0, 255, 0, 0, 0, 255}, 4, 1, PNG_FORMAT_RGB);
  const Picture picture = decode_png(bytes, "p.png");
  EXPECT_EQ(picture[0][0], 0.0);
  EXPECT_EQ(picture[0][1], 1.0);
  EXPECT_GT(picture[0][2], picture[0][3]);  // green is brighter than blue
}

TEST(Png, TransparentIsWhite) {
  const auto bytes = encode({0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 128}, 3, 1, PNG_FORMAT_RGBA);
  const Picture picture = decode_png(bytes, "p.png");
  EXPECT_EQ(picture[0][0], 1.0);
  EXPECT_EQ(picture[0][1], 0.0);
  EXPECT_GT(picture[0][2], 0.0);
  EXPECT_LT(picture[0][2], 1.0);
}

TEST(Png, WhatIsNoPictureIsRefusedInOneLine) {
  EXPECT_EQ(error_of(""), "p.png: is empty, must be a PNG picture");
  for (const std::string bytes : {"x", "seed = 1\n", "\x89PNG\r\n\x1a\n", "GIF89a"})
    EXPECT_TRUE(error_of(bytes).starts_with("p.png: is not a PNG picture that can be read: "))
        << error_of(bytes);
  EXPECT_THROW(read_png("/no/such/picture.png"), UserError);
  EXPECT_THROW(read_png(std::filesystem::temp_directory_path()), UserError);
}

TEST(Png, EveryTruncationIsRefused) {
  const std::string bytes = encode_png(checkerboard(20, 30));
  // The picture is complete where only the end marker (12 bytes) is missing or cut.
  for (std::size_t length = 0; length + 12 < bytes.size(); ++length)
    EXPECT_NE(error_of(std::string_view(bytes).substr(0, length)), "no error") << length;
}

TEST(Png, HugeDimensionsAreRefusedBeforeMemoryIsTaken) {
  // Width and height lie at byte 16 of the file; the header's checksum follows them at 29.
  std::string bytes = encode_png(checkerboard(2, 2));
  for (const std::size_t at : {16u, 20u}) {
    bytes[at] = 0, bytes[at + 1] = 1, bytes[at + 2] = 0, bytes[at + 3] = 0;  // 65536
  }
  const auto checksum = static_cast<std::uint32_t>([&] {  // CRC-32 of the PNG specification, annex D
    std::uint32_t crc = 0xFFFFFFFFu;
    for (std::size_t i = 12; i < 29; ++i) {
      crc ^= static_cast<unsigned char>(bytes[i]);
      for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
    }
    return crc ^ 0xFFFFFFFFu;
  }());
  for (std::size_t i = 0; i < 4; ++i) bytes[29 + i] = static_cast<char>(checksum >> (24 - 8 * i));
  EXPECT_NE(error_of(bytes).find("65536 × 65536 pixels, more than"), std::string::npos) << error_of(bytes);
}

// Whatever the bytes: a picture or a UserError of one line (and, under the sanitizers, no leak).
TEST(Png, DamagedBytes) {
  const std::string good = encode_png(checkerboard(20, 30));
  SequentialRng rng(1);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = good;
    for (std::uint32_t k = 0; k <= rng() % 4; ++k) bytes[rng() % bytes.size()] = static_cast<char>(rng());
    const std::string message = error_of(bytes);
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace spikegrad
