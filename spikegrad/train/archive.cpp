// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/archive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/crc.hpp>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/hdf5.hpp"

namespace spikegrad {
namespace {

constexpr std::size_t seal_size = 16;
constexpr const char* list = "names";  ///< of all arrays

std::string seal_of(std::string_view bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return fmt::format("CRC32 {:08x}\n\n", crc.checksum());
}

}  // namespace

const NamedArray& Archive::find(std::string_view name) const {
  const auto found =
      std::find_if(arrays_.begin(), arrays_.end(), [&](const auto& array) { return array.name == name; });
  if (found == arrays_.end()) throw UserError("checkpoint: '" + std::string(name) + "' is missing");
  return *found;
}

std::string to_bytes(const Archive& archive) {
  hdf5::File file = hdf5::File::create_in_memory();
  std::vector<std::string> names;
  for (const NamedArray& array : archive.arrays()) {
    names.push_back(array.name);
    file.write(array.name, std::span<const double>(array.values), array.shape);
  }
  file.write_strings(list, names);
  const std::string bytes = file.bytes();
  return bytes + seal_of(bytes);
}

Archive from_bytes(const std::string& bytes, const std::string& source) {
  const std::size_t content = bytes.size() - std::min(bytes.size(), seal_size);
  const std::string_view sealed = std::string_view(bytes).substr(0, content);
  if (content == 0 || bytes.substr(content) != seal_of(sealed))
    throw UserError(source + ": is damaged or cut short: its checksum is not that of its content");
  const hdf5::File file = hdf5::File::open_bytes(sealed, source);
  Archive archive;
  for (const std::string& name : file.read_strings(list))
    archive.add(name, file.shape(name), file.read<double>(name));
  return archive;
}

}  // namespace spikegrad
