// SPDX-License-Identifier: Apache-2.0
// PNG pictures as brightness.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "spikegrad/core/grid.hpp"

namespace spikegrad {

/// Brightness of a picture's pixels, 0 black to 1 white, [rows from the top, columns].
using Picture = Grid<double>;

/// Any PNG; colours become their luminance, what is transparent shows white. `source` stands for the file in
/// messages. Throws UserError, one line, for what is no PNG, is damaged or has more than 2^26 pixels.
Picture decode_png(std::string_view bytes, const std::string& source);
Picture read_png(const std::filesystem::path& path);

/// An 8-bit grey PNG. The picture has at least one pixel.
std::string encode_png(const Picture& picture);

}  // namespace spikegrad
