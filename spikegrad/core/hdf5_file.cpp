// SPDX-License-Identifier: Apache-2.0
// Opening and closing, and the library's errors.
#include <pthread.h>

#include <new>

#include "spikegrad/core/file.hpp"
#include "spikegrad/core/hdf5_handle.hpp"

namespace spikegrad::hdf5 {
namespace {

/// The library is one per process, built with or without locks of its own; so is this one. A child process
/// begins while no thread is in the library, and with the lock free.
std::recursive_mutex& library_mutex() {
  static std::recursive_mutex mutex;
  static const int registered =
      pthread_atfork([] { mutex.lock(); }, [] { mutex.unlock(); }, [] { new (&mutex) std::recursive_mutex; });
  require(registered == 0, "what happens at a fork can be registered");
  return mutex;
}

herr_t keep_innermost(unsigned n, const H5E_error2_t* error, void* text) {
  if (n == 0 && error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

/// The library tells files in memory apart by their names.
std::string name_in_memory(const void* identity) {
  return "memory " + std::to_string(reinterpret_cast<std::uintptr_t>(identity));
}

Handle reading_access() {
  Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  // No lock is needed to read, and file systems mounted read-only or over a network may have none.
  H5Pset_file_locking(access.id(), 0, 1);
  return access;
}

}  // namespace

Session::Session() : lock_(library_mutex()) {
  H5Eget_auto2(H5E_DEFAULT, &print_, &print_to_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Session::~Session() {
  H5Eset_auto2(H5E_DEFAULT, print_, print_to_);
}

std::string reason() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &text);
  // "file write failed: time = …, error message = 'No space left on device', buf = 0x…, …"
  constexpr std::string_view before = "error message = '";
  if (const std::size_t at = text.find(before); at != std::string::npos) {
    const std::size_t begin = at + before.size();
    return text.substr(begin, text.find('\'', begin) - begin);
  }
  return text.empty() ? "unknown reason" : text;
}

void leave_open_at_exit() {
  H5dont_atexit();
}

Handle half_type() {
  Handle type(H5Tcopy(H5T_IEEE_F32LE), H5Tclose);
  H5Tset_fields(type.id(), 15, 10, 5, 0, 10);
  H5Tset_size(type.id(), 2);
  H5Tset_ebias(type.id(), 15);
  return type;
}

File::File(std::unique_ptr<State> state) : state_(std::move(state)) {}
File::File(File&&) noexcept = default;
File& File::operator=(File&&) noexcept = default;

File::~File() {
  if (!state_) return;
  const Session session;
  state_->file.close();
  std::error_code ignored;
  if (!state_->aside.empty()) std::filesystem::remove(state_->aside, ignored);
}

const std::string& File::source() const {
  return state_->source;
}

File File::open(const std::filesystem::path& path) {
  check_readable(path);
  const Session session;
  auto state = std::make_unique<State>();
  state->source = path.string();
  const Handle access = reading_access();  // closed after reason(): any call to the library clears its errors
  state->file = Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
  if (!state->file.valid()) state->fail("", "is not an HDF5 file that can be read: " + reason());
  return File(std::move(state));
}

File File::open_bytes(std::string_view bytes, const std::string& source) {
  const Session session;
  auto state = std::make_unique<State>();
  state->source = source;
  const Handle access = reading_access();
  constexpr std::size_t grow_by = 1 << 16;
  H5Pset_fapl_core(access.id(), grow_by, 0);
  if (bytes.empty()) state->fail("", "is empty, must be an HDF5 file");
  // The library takes a pointer to what it may change and copies what is there.
  H5Pset_file_image(access.id(), const_cast<char*>(bytes.data()), bytes.size());
  state->file = Handle(H5Fopen(name_in_memory(state.get()).c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
  if (!state->file.valid()) state->fail("", "is not an HDF5 file that can be read: " + reason());
  return File(std::move(state));
}

File File::create(const std::filesystem::path& path) {
  const Session session;
  auto state = std::make_unique<State>();
  state->source = path.string();
  state->path = path;
  const std::filesystem::path aside = begin_beside(path);
  state->file = Handle(H5Fcreate(aside.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  if (!state->file.valid()) state->fail("", "cannot be written: " + reason());
  state->aside = aside;
  return File(std::move(state));
}

File File::create_in_memory() {
  const Session session;
  auto state = std::make_unique<State>();
  state->source = "memory";
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(access.id(), std::size_t{1} << 20, 0);
  state->file = Handle(
      H5Fcreate(name_in_memory(state.get()).c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()), H5Fclose);
  if (!state->file.valid()) throw InternalError("internal error: no HDF5 file in memory: " + reason());
  return File(std::move(state));
}

void File::commit() {
  const Session session;
  require(!state_->aside.empty(), "commit() is for a file made by create()");
  if (H5Fflush(state_->file.id(), H5F_SCOPE_LOCAL) < 0 || !state_->file.close())
    state_->fail("", "cannot be written: " + reason());
  finish_beside(state_->aside, state_->path);
  state_->aside.clear();
}

std::string File::bytes() const {
  const Session session;
  H5Fflush(state_->file.id(), H5F_SCOPE_LOCAL);
  const ssize_t size = H5Fget_file_image(state_->file.id(), nullptr, 0);
  require(size > 0, "bytes() is for a file made by create_in_memory()");
  std::string bytes(static_cast<std::size_t>(size), '\0');
  require(H5Fget_file_image(state_->file.id(), bytes.data(), bytes.size()) == size,
          "an HDF5 file in memory grew");
  return bytes;
}

}  // namespace spikegrad::hdf5
