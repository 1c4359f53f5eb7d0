// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/core/file.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "spikegrad/core/error.hpp"

namespace spikegrad {
namespace fs = std::filesystem;
namespace {

std::string reason() {
  return errno == 0 ? "unknown reason" : std::generic_category().message(errno);
}

}  // namespace

std::string read_file(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) throw UserError(path.string() + ": is a folder, a file is expected");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) throw UserError(path.string() + ": cannot be read: " + reason());
  std::string content{std::istreambuf_iterator<char>(in), {}};
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
