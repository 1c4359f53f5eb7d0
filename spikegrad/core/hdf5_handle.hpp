// SPDX-License-Identifier: Apache-2.0
// What the files of core/hdf5 share: owners of the HDF5 library's identifiers, and its errors as ours. Not
// for use elsewhere.
#pragma once

#include <hdf5.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/hdf5.hpp"

namespace spikegrad::hdf5 {

/// Held during every call: one thread in the library, and nothing printed.
class Session {
 public:
  Session();
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

 private:
  std::unique_lock<std::recursive_mutex> lock_;
  H5E_auto2_t print_ = nullptr;
  void* print_to_ = nullptr;
};

/// What the library says about the call that failed last, in one line.
std::string reason();

/// Owns one identifier.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Close closer) : id_(id), close_(closer) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  hid_t id() const { return id_; }
  bool valid() const { return id_ >= 0; }
  /// Closes now; false if the library could not write what it still held.
  bool close() { return id_ < 0 || close_(std::exchange(id_, -1)) >= 0; }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

struct File::State {
  std::string source;
  std::filesystem::path path, aside;  ///< of create(): where to, and where it is written
  Handle file;

  [[noreturn]] void fail(const std::string& name, const std::string& what) const {
    throw UserError(source + (name.empty() ? "" : ": " + name) + ": " + what);
  }
  /// A handle that must be valid, or the message with the library's reason.
  Handle need(Handle handle, const std::string& name, const char* what) const {
    if (!handle.valid()) fail(name, std::string(what) + ": " + reason());
    return handle;
  }
};

/// The type of an element in memory and, as we write it, in the file (little-endian).
template <class T>
struct ElementType;

Handle half_type();

// clang-format off
template <> struct ElementType<float> { static hid_t memory() { return H5T_NATIVE_FLOAT; } static hid_t file() { return H5T_IEEE_F32LE; } };
template <> struct ElementType<double> { static hid_t memory() { return H5T_NATIVE_DOUBLE; } static hid_t file() { return H5T_IEEE_F64LE; } };
template <> struct ElementType<std::uint8_t> { static hid_t memory() { return H5T_NATIVE_UINT8; } static hid_t file() { return H5T_STD_U8LE; } };
template <> struct ElementType<std::uint16_t> { static hid_t memory() { return H5T_NATIVE_UINT16; } static hid_t file() { return H5T_STD_U16LE; } };
template <> struct ElementType<std::uint32_t> { static hid_t memory() { return H5T_NATIVE_UINT32; } static hid_t file() { return H5T_STD_U32LE; } };
template <> struct ElementType<std::uint64_t> { static hid_t memory() { return H5T_NATIVE_UINT64; } static hid_t file() { return H5T_STD_U64LE; } };
template <> struct ElementType<std::int32_t> { static hid_t memory() { return H5T_NATIVE_INT32; } static hid_t file() { return H5T_STD_I32LE; } };
template <> struct ElementType<std::int64_t> { static hid_t memory() { return H5T_NATIVE_INT64; } static hid_t file() { return H5T_STD_I64LE; } };
// clang-format on

}  // namespace spikegrad::hdf5
