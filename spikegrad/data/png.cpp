// SPDX-License-Identifier: Apache-2.0
// Through libpng's simplified interface, which reports errors by its return value: no longjmp passes our
// frames.
#include "spikegrad/data/png.hpp"

#include <png.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 28, most_pixels = std::size_t{1} << 26;

/// Frees what libpng holds, however the scope is left.
struct Image : png_image {
  Image() : png_image{} { version = PNG_IMAGE_VERSION; }
  ~Image() { png_image_free(this); }
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;
};

}  // namespace

Picture decode_png(std::string_view bytes, const std::string& source) {
  Image image;
  const auto check = [&](int success) {
    if (!success) throw UserError(source + ": is not a PNG picture that can be read: " + image.message);
  };
  if (bytes.empty()) throw UserError(source + ": is empty, must be a PNG picture");
  check(png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()));
  if (std::size_t{image.width} * image.height > most_pixels)
    throw UserError(source + ": has " + std::to_string(image.width) + " × " + std::to_string(image.height) +
                    " pixels, more than the " + std::to_string(most_pixels) + " that are allowed");
  image.format = PNG_FORMAT_GRAY;
  std::vector<png_byte> pixels(PNG_IMAGE_SIZE(image));
  const png_color white{255, 255, 255};
  check(png_image_finish_read(&image, &white, pixels.data(), 0, nullptr));
  Picture picture(image.height, image.width);
  std::transform(pixels.begin(), pixels.end(), picture.flat().begin(), [](png_byte p) { return p / 255.0; });
  return picture;
}

Picture read_png(const std::filesystem::path& path) {
  return decode_png(read_file(path, most_bytes), path.string());
}

std::string encode_png(const Picture& picture) {
  require(!picture.empty() && picture.flat().size() <= most_pixels,
          "a picture to write has 1 to 2^26 pixels");
  Image image;
  image.width = static_cast<png_uint_32>(picture.columns());
  image.height = static_cast<png_uint_32>(picture.rows());
  image.format = PNG_FORMAT_GRAY;
  std::vector<png_byte> pixels(picture.flat().size());
  std::transform(picture.flat().begin(), picture.flat().end(), pixels.begin(), [](double brightness) {
    return static_cast<png_byte>(std::lround(255.0 * std::clamp(brightness, 0.0, 1.0)));
  });
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string bytes(size, '\0');
  require(png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, nullptr) != 0,
          "libpng could not encode a picture");
  bytes.resize(size);
  return bytes;
}

}  // namespace spikegrad
