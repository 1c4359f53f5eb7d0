// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/core/file.hpp"

#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace fs = std::filesystem;
namespace {

std::string reason() {
  return errno == 0 ? "unknown reason" : std::generic_category().message(errno);
}

}  // namespace

std::string read_file(const fs::path& path, std::size_t limit) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) throw UserError(path.string() + ": is a folder, a file is expected");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) throw UserError(path.string() + ": cannot be read: " + reason());
  // In pieces, because a pipe or a device does not say beforehand how long it is.
  std::string content;
  std::array<char, 1 << 16> piece;
  while (in.read(piece.data(), piece.size()), in.gcount() > 0) {
    content.append(piece.data(), static_cast<std::size_t>(in.gcount()));
    if (content.size() > limit)
      throw UserError(path.string() + ": is longer than " + std::to_string(limit >> 20) +
                      " MiB, the most that is read");
  }
  if (in.bad()) throw UserError(path.string() + ": cannot be read: " + reason());
  return content;
}

void write_file(const fs::path& path, std::string_view content) {
  std::error_code error;
  if (fs::is_directory(path, error)) throw UserError(path.string() + ": is a folder, a file is expected");
  if (path.has_parent_path()) {
    fs::create_directories(path.parent_path(), error);
    if (error) throw UserError(path.parent_path().string() + ": cannot be made: " + error.message());
  }
  fs::path aside = path;
  aside += ".partial";
  errno = 0;
  std::ofstream out(aside, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  if (!out) {
    const std::string why = reason();
    fs::remove(aside, error);
    throw UserError(path.string() + ": cannot be written: " + why);
  }
  fs::rename(aside, path, error);
  if (error) {
    const std::string why = error.message();
    fs::remove(aside, error);
    throw UserError(path.string() + ": cannot be written: " + why);
  }
}

}  // namespace spikegrad
