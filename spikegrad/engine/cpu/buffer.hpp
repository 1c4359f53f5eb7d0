// SPDX-License-Identifier: Apache-2.0
// An array aligned to cache lines whose elements are not touched when it is made: pages that a run never
// writes cost no memory. Where the standard library checks its preconditions (debug and sanitizer builds), it
// is filled with NaNs instead, so that a read before the first write shows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

namespace spikegrad::cpu {

template <class T>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Buffer() = default;
  explicit Buffer(std::size_t count)
      : data_(static_cast<T*>(::operator new(count * sizeof(T) + 1, alignment))), count_(count) {
#ifdef _GLIBCXX_ASSERTIONS
    std::memset(static_cast<void*>(data_.get()), 0xFF, count * sizeof(T));
#endif
  }

  T* data() {
    return data_.get();
  }
  const T* data() const {
    return data_.get();
  }
  std::size_t size() const {
    return count_;
  }
  T& operator[](std::size_t i) {
    return data_.get()[i];
  }
  const T& operator[](std::size_t i) const {
    return data_.get()[i];
  }

 private:
  static constexpr std::align_val_t alignment{64};
  struct Free {
    void operator()(T* data) const { ::operator delete(data, alignment); }
  };
  std::unique_ptr<T, Free> data_;
  std::size_t count_ = 0;
};

inline Buffer<float> zeros(std::size_t count) {
  Buffer<float> buffer(count);
  std::fill_n(buffer.data(), count, 0.0f);
  return buffer;
}

}  // namespace spikegrad::cpu
