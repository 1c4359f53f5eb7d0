// SPDX-License-Identifier: Apache-2.0
// Named arrays of numbers as the bytes of an HDF5 file, sealed: the last 16 bytes are "CRC32 " and the
// checksum of all before them, in hexadecimal, so that a byte that was flipped or lost anywhere is noticed.
// HDF5's own tools read such a file.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spikegrad/export.hpp"

namespace spikegrad {

struct NamedArray {
  std::string name;                ///< groups and name, joined by '/'
  std::vector<std::size_t> shape;  ///< product: the number of values
  std::vector<double> values;      ///< row-major
};

class SPIKEGRAD_EXPORT Archive {
 public:
  void add(std::string name, std::vector<std::size_t> shape, std::span<const double> values) {
    arrays_.push_back({std::move(name), std::move(shape), {values.begin(), values.end()}});
  }
  const std::vector<NamedArray>& arrays() const { return arrays_; }
  /// Throws UserError where there is none of that name.
  const NamedArray& find(std::string_view name) const;

 private:
  std::vector<NamedArray> arrays_;
};

SPIKEGRAD_EXPORT std::string to_bytes(const Archive& archive);

/// Throws UserError, naming `source`, where the seal is missing or broken, or the content is no archive.
SPIKEGRAD_EXPORT Archive from_bytes(const std::string& bytes, const std::string& source);

}  // namespace spikegrad
