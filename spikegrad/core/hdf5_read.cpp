// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <type_traits>

#include "spikegrad/core/hdf5_handle.hpp"

namespace spikegrad::hdf5 {
namespace {

/// More elements than this in one array cannot be meant; a damaged file may claim any number.
constexpr std::size_t most_elements = std::size_t{1} << 32;
/// Rows of a ragged array read at a time: enough to be quick, few enough to be small.
constexpr std::size_t rows_at_a_time = 32;

struct Dataset {
  Handle set, type, space;
  std::vector<std::size_t> shape;
  std::size_t size = 1;  ///< product of the shape
};

bool link_exists(hid_t file, const std::string& name) {
  for (std::size_t slash = name.find('/');; slash = name.find('/', slash + 1)) {
    const std::string part = name.substr(0, slash);
    if (!part.empty() && H5Lexists(file, part.c_str(), H5P_DEFAULT) <= 0) return false;
    if (slash == std::string::npos) return H5Oexists_by_name(file, name.c_str(), H5P_DEFAULT) > 0;
  }
}

/// The library's own message of a filter that it lacks is about a folder of plugins.
void check_filters(const File::State& state, const std::string& name, const Handle& set) {
  const Handle list(H5Dget_create_plist(set.id()), H5Pclose);
  const int filters = H5Pget_nfilters(list.id());
  for (int i = 0; i < filters; ++i) {
    unsigned flags = 0, configuration = 0;
    std::size_t values = 0;
    char label[64] = "";
    const H5Z_filter_t filter = H5Pget_filter2(list.id(), static_cast<unsigned>(i), &flags, &values, nullptr,
                                               sizeof label, label, &configuration);
    if (filter < 0 || H5Zfilter_avail(filter) > 0) continue;
    const std::string what = label[0] ? "'" + std::string(label) + "'" : "number " + std::to_string(filter);
    state.fail(name, "is compressed with filter " + what +
                         ", which this HDF5 library has not; gzip it has: h5repack -f GZIP=4 IN OUT, where " +
                         "the filter is");
  }
}

Dataset open_dataset(const File::State& state, const std::string& name) {
  if (!link_exists(state.file.id(), name)) state.fail(name, "is missing");
  Dataset d;
  d.set =
      state.need({H5Dopen2(state.file.id(), name.c_str(), H5P_DEFAULT), H5Dclose}, name, "is no data set");
  d.type = state.need({H5Dget_type(d.set.id()), H5Tclose}, name, "has no readable type");
  d.space = state.need({H5Dget_space(d.set.id()), H5Sclose}, name, "has no readable shape");
  const int rank = H5Sget_simple_extent_ndims(d.space.id());
  if (rank < 0 || H5Sget_simple_extent_type(d.space.id()) == H5S_NULL) state.fail(name, "has no elements");
  std::vector<hsize_t> dims(static_cast<std::size_t>(rank));
  if (rank > 0 && H5Sget_simple_extent_dims(d.space.id(), dims.data(), nullptr) != rank)
    state.fail(name, "has no readable shape: " + reason());
  for (const hsize_t dim : dims) {
    if (dim > most_elements || (dim > 0 && d.size > most_elements / dim))
      state.fail(name, "claims more than 2^32 elements");
    d.size *= dim;
  }
  d.shape.assign(dims.begin(), dims.end());
  check_filters(state, name, d.set);
  return d;
}

const char* name_of(H5T_class_t type) {
  switch (type) {
    case H5T_INTEGER:
      return "integers";
    case H5T_FLOAT:
      return "floating point numbers";
    case H5T_STRING:
      return "strings";
    case H5T_VLEN:
      return "variable-length arrays";
    case H5T_COMPOUND:
      return "records";
    case H5T_ENUM:
      return "enumerated names";
    default:
      return "something else";
  }
}

void check_class(const File::State& state, const std::string& name, hid_t type, H5T_class_t wanted,
                 const std::string& prefix = "") {
  const H5T_class_t found = H5Tget_class(type);
  if (found != wanted)
    state.fail(name, "holds " + prefix + name_of(found) + ", must hold " + prefix + name_of(wanted));
}

template <class T>
void read_all(const File::State& state, const std::string& name, const Dataset& d, hid_t memory, T* values) {
  if (d.size > 0 && H5Dread(d.set.id(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
    state.fail(name, "cannot be read: " + reason());
}

/// A file cannot hold more elements than bytes, if nothing in it is compressed; and zlib at best shrinks
/// 1,032 times. So a claim beyond that is damage, found before memory is asked for.
void check_plausible(const File::State& state, const std::string& name, const Dataset& d,
                     std::size_t element) {
  hsize_t bytes = 0;
  if (H5Fget_filesize(state.file.id(), &bytes) >= 0 && d.size > 1 && d.size * element / 2048 > bytes)
    state.fail(name, "claims " + std::to_string(d.size) + " elements in a file of " + std::to_string(bytes) +
                         " bytes");
}

/// Rows [first, first + count) of a ragged array, as long as the object lives.
class RaggedRows {
 public:
  RaggedRows(const File::State& state, const std::string& name, const Dataset& d, const Handle& memory,
             std::size_t first, std::size_t count)
      : type_(memory.id()), rows_(count) {
    const hsize_t start = first, length = count;
    space_ = Handle(H5Screate_simple(1, &length, nullptr), H5Sclose);
    H5Sselect_hyperslab(d.space.id(), H5S_SELECT_SET, &start, nullptr, &length, nullptr);
    if (H5Dread(d.set.id(), type_, space_.id(), d.space.id(), H5P_DEFAULT, rows_.data()) < 0)
      state.fail(name, "rows " + std::to_string(first) + " to " + std::to_string(first + count - 1) +
                           " cannot be read: " + reason());
  }
  ~RaggedRows() { H5Dvlen_reclaim(type_, space_.id(), H5P_DEFAULT, rows_.data()); }
  RaggedRows(const RaggedRows&) = delete;
  RaggedRows& operator=(const RaggedRows&) = delete;

  template <class T>
  std::span<const T> row(std::size_t i) const {
    return {static_cast<const T*>(rows_[i].p), rows_[i].len};
  }

 private:
  hid_t type_;
  Handle space_;
  std::vector<hvl_t> rows_;
};

/// Opens a ragged array of one dimension and checks what its rows hold.
Dataset open_ragged(const File::State& state, const std::string& name, H5T_class_t wanted) {
  Dataset d = open_dataset(state, name);
  check_class(state, name, d.type.id(), H5T_VLEN);
  if (d.shape.size() != 1)
    state.fail(name, "has " + std::to_string(d.shape.size()) + " dimensions, must have 1");
  const Handle base = state.need({H5Tget_super(d.type.id()), H5Tclose}, name, "has no readable type");
  check_class(state, name, base.id(), wanted, "variable-length arrays of ");
  check_plausible(state, name, d, sizeof(hvl_t));
  return d;
}

bool holds_halves(const Dataset& d) {
  const Handle base(H5Tget_super(d.type.id()), H5Tclose);
  return H5Tequal(base.id(), half_type().id()) > 0;
}

}  // namespace

bool File::contains(const std::string& name) const {
  const Session session;
  return link_exists(state_->file.id(), name);
}

std::vector<std::size_t> File::shape(const std::string& name) const {
  const Session session;
  return open_dataset(*state_, name).shape;
}

template <class T>
std::vector<T> File::read(const std::string& name) const {
  const Session session;
  const Dataset d = open_dataset(*state_, name);
  check_class(*state_, name, d.type.id(), std::is_integral_v<T> ? H5T_INTEGER : H5T_FLOAT);
  check_plausible(*state_, name, d, sizeof(T));
  if constexpr (std::is_integral_v<T> && sizeof(T) < 8) {
    // The library would clip numbers beyond the range in silence.
    std::vector<std::int64_t> wide(d.size);
    read_all(*state_, name, d, H5T_NATIVE_INT64, wide.data());
    for (std::size_t i = 0; i < wide.size(); ++i)
      if (!std::in_range<T>(wide[i]))
        state_->fail(name, "[" + std::to_string(i) + "] is " + std::to_string(wide[i]) + ", must lie from " +
                               std::to_string(std::numeric_limits<T>::min()) + " to " +
                               std::to_string(std::numeric_limits<T>::max()));
    return {wide.begin(), wide.end()};
  } else {
    if constexpr (std::is_integral_v<T>)
      if (H5Tget_sign(d.type.id()) != (std::is_signed_v<T> ? H5T_SGN_2 : H5T_SGN_NONE))
        state_->fail(name,
                     std::string("must hold ") + (std::is_signed_v<T> ? "signed" : "unsigned") + " integers");
    std::vector<T> values(d.size);
    read_all(*state_, name, d, ElementType<T>::memory(), values.data());
    return values;
  }
}

std::vector<std::string> File::read_strings(const std::string& name) const {
  const Session session;
  const Dataset d = open_dataset(*state_, name);
  check_class(*state_, name, d.type.id(), H5T_STRING);
  const bool variable = H5Tis_variable_str(d.type.id()) > 0;
  check_plausible(*state_, name, d, variable ? sizeof(char*) : H5Tget_size(d.type.id()));
  std::vector<std::string> values;
  values.reserve(d.size);
  const Handle memory(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_cset(memory.id(), H5Tget_cset(d.type.id()));
  if (variable) {
    H5Tset_size(memory.id(), H5T_VARIABLE);
    std::vector<char*> pointers(d.size);
    read_all(*state_, name, d, memory.id(), pointers.data());
    for (const char* pointer : pointers) values.emplace_back(pointer == nullptr ? "" : pointer);
    H5Dvlen_reclaim(memory.id(), d.space.id(), H5P_DEFAULT, pointers.data());
  } else {
    const std::size_t length = H5Tget_size(d.type.id()) + 1;  // one more, for the end that is always there
    H5Tset_size(memory.id(), length);
    std::vector<char> text(d.size * length);
    read_all(*state_, name, d, memory.id(), text.data());
    for (std::size_t i = 0; i < d.size; ++i) values.emplace_back(text.data() + i * length);
  }
  return values;
}

void File::read_ragged(const std::string& floats, const std::string& integers, const Rows& visit) const {
  const Session session;
  const Dataset f = open_ragged(*state_, floats, H5T_FLOAT), n = open_ragged(*state_, integers, H5T_INTEGER);
  if (f.size != n.size)
    state_->fail(integers, "has " + std::to_string(n.size) + " rows, " + floats + " has " +
                               std::to_string(f.size) + "; they must be as many");
  // Halves are decoded here: the library takes twenty times as long for types that the machine does not have.
  const bool halves = holds_halves(f);
  const Handle element = half_type();
  const Handle float_rows(H5Tvlen_create(halves ? element.id() : H5T_NATIVE_DOUBLE), H5Tclose);
  const Handle integer_rows(H5Tvlen_create(H5T_NATIVE_INT64), H5Tclose);
  std::vector<double> decoded;
  for (std::size_t first = 0; first < f.size; first += rows_at_a_time) {
    const std::size_t count = std::min(rows_at_a_time, f.size - first);
    const RaggedRows float_part(*state_, floats, f, float_rows, first, count);
    const RaggedRows integer_part(*state_, integers, n, integer_rows, first, count);
    for (std::size_t i = 0; i < count; ++i) {
      std::span<const double> row;
      if (halves) {
        const auto raw = float_part.row<Half>(i);
        decoded.resize(raw.size());
        std::transform(raw.begin(), raw.end(), decoded.begin(),
                       [](Half half) { return double{to_float(half)}; });
        row = decoded;
      } else {
        row = float_part.row<double>(i);
      }
      visit(first + i, row, integer_part.row<std::int64_t>(i));
    }
  }
}

#define SPIKEGRAD_HDF5_READ(T) template std::vector<T> File::read<T>(const std::string&) const;
SPIKEGRAD_HDF5_READ(float)
SPIKEGRAD_HDF5_READ(double)
SPIKEGRAD_HDF5_READ(std::uint8_t)
SPIKEGRAD_HDF5_READ(std::uint16_t)
SPIKEGRAD_HDF5_READ(std::uint32_t)
SPIKEGRAD_HDF5_READ(std::uint64_t)
SPIKEGRAD_HDF5_READ(std::int32_t)
SPIKEGRAD_HDF5_READ(std::int64_t)
#undef SPIKEGRAD_HDF5_READ

}  // namespace spikegrad::hdf5
