// SPDX-License-Identifier: Apache-2.0
// Spike data files, as the command line reads them: in a child process, because the HDF5 library crashes
// on some (shared_counters.cpp lets its coverage count; files that it crashes on are kept too, as
// hdf5-crash-…, though the run goes on and ends well). Whatever the bytes, data that keep their promises or
// a UserError of one line.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "fuzz/expect.hpp"
#include "spikegrad/data/shd_file.hpp"

namespace {

using namespace spikegrad;

void check(const SpikeData& data) {
  fuzz::expect(data.size() > 0 && data.begin.size() == data.size() * data.time.steps + 1,
               "begin has a wrong size");
  fuzz::expect(std::is_sorted(data.begin.begin(), data.begin.end()) && data.begin.front() == 0 &&
                   data.begin.back() == data.units.size(),
               "begin is out of order");
  fuzz::expect(
      std::all_of(data.units.begin(), data.units.end(), [&](auto u) { return u < data.channels; }) &&
          std::all_of(data.labels.begin(), data.labels.end(), [&](auto l) { return l < data.classes(); }),
      "a unit or label is out of range");
  fuzz::expect(data.speakers.empty() || data.speakers.size() == data.size(), "speakers have a wrong size");
  fuzz::expect(data.counts.in_file == data.counts.kept + data.counts.cropped + data.counts.merged,
               "spikes are lost");
}

}  // namespace

/// A file of this process, removed at its end. It needs a name: HDF5 asks for the real path of what it opens,
/// which a file that lives in memory alone (memfd_create) has not, so that nothing would be read.
struct InputFile {
  std::string path = (std::filesystem::temp_directory_path() / "spikegrad-fuzz-XXXXXX").string();
  int descriptor = mkstemp(path.data());
  ~InputFile() {
    std::error_code ignored;
    close(descriptor);
    std::filesystem::remove(path, ignored);
  }
};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const InputFile file;
  fuzz::expect(file.descriptor >= 0 && ftruncate(file.descriptor, 0) == 0 &&
                   pwrite(file.descriptor, bytes, size, 0) == static_cast<ssize_t>(size),
               "the input file cannot be written");
  return fuzz::expect_done_or_refused(
      [&] { check(read_spike_data(file.path, {.dt = 2e-3, .steps = 20}, Isolation::child)); });
}
