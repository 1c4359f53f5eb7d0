// SPDX-License-Identifier: Apache-2.0
// HDF5 files: named arrays, lists of strings and ragged arrays. The HDF5 library itself does not appear in
// this header.
//
// Reading throws UserError, "FILE: NAME: what is wrong, what would be right". The library's own printing of
// errors is off while one of these functions runs, and on again as it was afterwards. One thread at a time is
// inside the HDF5 library; each File belongs to one thread at a time.
//
// The HDF5 library trusts what it reads: a damaged file can crash it. Nothing here forks. Who reads files of
// strangers checks them against a checksum first, or reads them in a child process (core/isolation.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spikegrad/core/half.hpp"

namespace spikegrad::hdf5 {

/// For a program that no one else shares the library with, before its first use: at the end of the process the
/// library does not close what is open. Where a disk is full it cannot, and crashes.
void leave_open_at_exit();

/// Element types: float, double, Half (writing only), std::uint8_t, std::uint16_t, std::uint32_t,
/// std::uint64_t, std::int32_t, std::int64_t.
class File {
 public:
  /// For reading.
  static File open(const std::filesystem::path& path);
  /// For reading, from a copy of the bytes of a file; `source` stands for it in messages.
  static File open_bytes(std::string_view bytes, const std::string& source);
  /// For writing, beside `path`; commit() puts it in place, and without it nothing is left behind.
  static File create(const std::filesystem::path& path);
  /// For writing, in memory; bytes() gives the file.
  static File create_in_memory();

  File(File&&) noexcept;
  File& operator=(File&&) noexcept;
  ~File();

  const std::string& source() const;

  /// Whether a group or data set of this name ("a/b") is there.
  bool contains(const std::string& name) const;
  std::vector<std::size_t> shape(const std::string& name) const;

  /// All elements, row-major. A data set of integers is read as an integer type (numbers beyond its range are
  /// an error), one of floating point as float or double; the other way round is an error.
  template <class T>
  std::vector<T> read(const std::string& name) const;
  /// Strings of fixed or variable length.
  std::vector<std::string> read_strings(const std::string& name) const;

  /// Two ragged arrays of one dimension side by side, a few rows at a time, so that the whole is never in
  /// memory: floats of any width, Half among them, and integers of any width. `visit` gets row i of both.
  using Rows = std::function<void(std::size_t i, std::span<const double>, std::span<const std::int64_t>)>;
  void read_ragged(const std::string& floats, const std::string& integers, const Rows& visit) const;

  /// Groups on the way to `name` are made. Product of `shape` = size of `values`; an empty shape is a scalar.
  template <class T>
  void write(const std::string& name, std::span<const T> values, std::span<const std::size_t> shape);
  template <class T>
  void write(const std::string& name, std::span<const T> values) {
    const std::size_t size[] = {values.size()};
    write(name, values, std::span<const std::size_t>(size));
  }
  void write_strings(const std::string& name, std::span<const std::string> values);
  template <class T>
  void write_ragged(const std::string& name, std::span<const std::span<const T>> rows);

  /// Of create(): flushes to the disk, closes, renames. Nothing may follow it.
  void commit();
  /// Of create_in_memory(): the file so far.
  std::string bytes() const;

  struct State;  ///< for the files of core/hdf5

 private:
  explicit File(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace spikegrad::hdf5
