// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/data/read_file.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include "spikegrad/core/error.hpp"

namespace spikegrad {

std::string read_file(const std::filesystem::path& path, std::size_t limit) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) throw UserError(path.string() + ": there is no such file");
  if (std::filesystem::is_directory(status))
    throw UserError(path.string() + ": is a directory, must be a file");
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw UserError(path.string() + ": cannot be opened for reading");
  // In pieces, because a pipe or a device does not say how long it is.
  std::string content;
  std::array<char, 1 << 16> piece;
  while (stream.read(piece.data(), piece.size()), stream.gcount() > 0) {
    content.append(piece.data(), static_cast<std::size_t>(stream.gcount()));
    if (content.size() > limit)
      throw UserError(path.string() + ": is longer than " + std::to_string(limit >> 20) +
                      " MiB, the most that is read");
  }
  if (stream.bad()) throw UserError(path.string() + ": cannot be read to its end");
  return content;
}

}  // namespace spikegrad
