// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <numeric>

#include "spikegrad/core/hdf5_handle.hpp"

namespace spikegrad::hdf5 {
namespace {

Handle making_groups() {
  Handle list(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(list.id(), 1);
  return list;
}

Handle space_of(std::span<const std::size_t> shape) {
  if (shape.empty()) return {H5Screate(H5S_SCALAR), H5Sclose};
  const std::vector<hsize_t> dims(shape.begin(), shape.end());
  return {H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), H5Sclose};
}

template <class T>
struct Types {
  Handle memory, file;
};

template <class T>
Types<T> ragged_types() {
  if constexpr (std::is_same_v<T, Half>) {
    const Handle half = half_type();
    return {{H5Tvlen_create(half.id()), H5Tclose}, {H5Tvlen_create(half.id()), H5Tclose}};
  } else {
    return {{H5Tvlen_create(ElementType<T>::memory()), H5Tclose},
            {H5Tvlen_create(ElementType<T>::file()), H5Tclose}};
  }
}

void write_elements(hid_t file, const std::string& source, const std::string& name, hid_t file_type,
                    hid_t memory_type, const Handle& space, const void* values) {
  const Handle links = making_groups();
  const Handle made(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(made.id(), false);  // the same arrays give the same bytes
  const Handle set(H5Dcreate2(file, name.c_str(), file_type, space.id(), links.id(), made.id(), H5P_DEFAULT),
                   H5Dclose);
  if (!set.valid() || H5Dwrite(set.id(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
    throw UserError(source + ": " + name + ": cannot be written: " + reason());
}

}  // namespace

template <class T>
void File::write(const std::string& name, std::span<const T> values, std::span<const std::size_t> shape) {
  const Session session;
  require(values.size() == std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>()),
          "the shape of what is written has as many elements as there are");
  write_elements(state_->file.id(), state_->source, name, ElementType<T>::file(), ElementType<T>::memory(),
                 space_of(shape), values.data());
}

void File::write_strings(const std::string& name, std::span<const std::string> values) {
  const Session session;
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  std::vector<const char*> pointers;
  pointers.reserve(values.size());
  for (const std::string& value : values) pointers.push_back(value.c_str());
  const std::size_t size[] = {values.size()};
  write_elements(state_->file.id(), state_->source, name, type.id(), type.id(), space_of(size),
                 pointers.data());
}

template <class T>
void File::write_ragged(const std::string& name, std::span<const std::span<const T>> rows) {
  const Session session;
  const Types<T> types = ragged_types<T>();
  std::vector<hvl_t> pointers;
  pointers.reserve(rows.size());
  for (const std::span<const T> row : rows) pointers.push_back({row.size(), const_cast<T*>(row.data())});
  const std::size_t size[] = {rows.size()};
  write_elements(state_->file.id(), state_->source, name, types.file.id(), types.memory.id(), space_of(size),
                 pointers.data());
}

#define SPIKEGRAD_HDF5_WRITE(T)                                                                       \
  template void File::write<T>(const std::string&, std::span<const T>, std::span<const std::size_t>); \
  template void File::write_ragged<T>(const std::string&, std::span<const std::span<const T>>);
SPIKEGRAD_HDF5_WRITE(float)
SPIKEGRAD_HDF5_WRITE(double)
SPIKEGRAD_HDF5_WRITE(std::uint8_t)
SPIKEGRAD_HDF5_WRITE(std::uint16_t)
SPIKEGRAD_HDF5_WRITE(std::uint32_t)
SPIKEGRAD_HDF5_WRITE(std::uint64_t)
SPIKEGRAD_HDF5_WRITE(std::int32_t)
SPIKEGRAD_HDF5_WRITE(std::int64_t)
#undef SPIKEGRAD_HDF5_WRITE
template void File::write_ragged<Half>(const std::string&, std::span<const std::span<const Half>>);

}  // namespace spikegrad::hdf5
