// SPDX-License-Identifier: Apache-2.0
// Numbers to and from numpy.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

namespace spikegrad::python {

namespace nb = nanobind;

template <class T>
using Array = nb::ndarray<nb::numpy, T>;

/// Arrays from numpy, contiguous, of exactly that type: what is given is not converted in silence.
template <class T>
using Vector = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <class T>
using Matrix = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

template <class T>
std::span<const T> span_of(const Vector<T>& array) {
  return {array.data(), array.size()};
}

/// A vector as an array that owns its memory.
template <class T>
Array<T> to_array(std::vector<T> values, std::vector<std::size_t> shape) {
  auto kept = std::make_unique<std::vector<T>>(std::move(values));
  T* data = kept->data();
  nb::capsule owner(kept.get(), [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  kept.release();
  return Array<T>(data, shape.size(), shape.data(), owner);
}
template <class T>
Array<T> to_array(std::vector<T> values) {
  const std::size_t size = values.size();
  return to_array(std::move(values), {size});
}
template <class T>
Array<T> to_array(std::span<const T> values, std::vector<std::size_t> shape) {
  return to_array(std::vector<T>(values.begin(), values.end()), std::move(shape));
}

/// A view of memory that belongs to `self`: read-only, for rv_policy::reference_internal.
template <class T>
Array<const T> view_of(const std::vector<T>& values) {
  static const T nothing{};  // an array of none has a place too
  const std::size_t shape[1] = {values.size()};
  return Array<const T>(values.empty() ? &nothing : values.data(), 1, shape, nb::handle());
}

}  // namespace spikegrad::python
