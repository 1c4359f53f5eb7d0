// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/data_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <string>
#include <vector>

#include "spikegrad/core/error.hpp"
#include "spikegrad/data/agreement.hpp"
#include "spikegrad/data/shd_file.hpp"
#include "spikegrad/train/data_task.hpp"

namespace spikegrad {
namespace fs = std::filesystem;
namespace {

std::optional<fs::path> only_one(const fs::path& folder, const std::string& ending) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().ends_with(ending)) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  if (found.size() > 1)
    throw UserError(folder.string() + ": holds both " + found[0].filename().string() + " and " +
                    found[1].filename().string() + ": must hold one *" + ending +
                    ", or give the file itself");
  return found.empty() ? std::nullopt : std::optional(found[0]);
}

template <class T>
void add(boost::crc_32_type& crc, const std::vector<T>& numbers) {
  crc.process_bytes(numbers.data(), numbers.size() * sizeof(T));
}

}  // namespace

DataFiles find_data_files(const fs::path& path) {
  if (!fs::exists(path))
    throw UserError(path.string() + ": is not there: must be a data file or a folder of them");
  if (!fs::is_directory(path)) return {path, std::nullopt, std::nullopt};
  auto training = only_one(path, "_train.h5");
  if (!training)
    throw UserError(path.string() + ": holds no *_train.h5: must be a data file or a folder with one");
  return {*std::move(training), only_one(path, "_valid.h5"), only_one(path, "_test.h5")};
}

fs::path find_test_file(const fs::path& path) {
  if (!fs::is_directory(path)) return find_data_files(path).training;
  auto test = only_one(path, "_test.h5");
  if (!test)
    throw UserError(path.string() + ": holds no *_test.h5: must be a data file or a folder with one");
  return *std::move(test);
}

SpikeData read_data(const fs::path& file, const Model& model, Isolation isolation) {
  const DataSettings& settings = data_settings(model);
  const TimeGrid& time = model.network.time();
  SpikeData data = read_spike_data(
      file, {.dt = time.dt, .steps = time.steps, .pool = settings.pool, .binary = settings.binary},
      isolation);
  check_fit(model, data);
  return data;
}

bool uses_validation_file(const Model& model) {
  const TrainingSettings& t = model.training;
  return t.validation > 0.0 && t.validation_speakers.empty() &&
         (t.split == SplitKind::file || t.split == SplitKind::automatic);
}

SpikeData read_training_data(const DataFiles& files, const Model& model, std::vector<std::string>& notes,
                             Isolation isolation) {
  const auto add = [&](const std::vector<std::string>& more) {
    notes.insert(notes.end(), more.begin(), more.end());
  };
  if (model.training.split == SplitKind::file && uses_validation_file(model) && !files.validation)
    throw UserError(
        files.training.string() +
        ": no validation file is beside it: [training] split = \"file\" needs --data FOLDER with a "
        "*_valid.h5");
  SpikeData data = read_data(files.training, model, isolation);
  if (files.validation && uses_validation_file(model)) {
    SpikeData validation = read_data(*files.validation, model, isolation);
    add(suspicions(validation));
    std::string note;
    add(data_notes(model, data));
    data = with_validation(std::move(data), std::move(validation), note);
    if (!note.empty()) notes.push_back(note);
    return data;
  }
  if (files.validation)
    notes.push_back(fmt::format("{}: is not used, because [training] {}", files.validation->string(),
                                model.training.validation == 0.0 ? "validation is 0"
                                : !model.training.validation_speakers.empty()
                                    ? "validation_speakers are given"
                                    : "split says otherwise; split = \"file\" uses it"));
  add(data_notes(model, data));
  return data;
}

SpikeData read_test_data(const fs::path& file, const Model& model, const std::optional<RunData>& run,
                         std::vector<std::string>& notes, Isolation isolation) {
  SpikeData data = read_data(file, model, isolation);
  if (run && run->channels > 0) check_channels(data, run->channels, run->training);
  if (run && !run->classes.empty())
    if (const std::string note = match_classes(data, run->classes, run->training); !note.empty())
      notes.push_back(note);
  for (const std::string& text : suspicions(data)) notes.push_back(text);
  return data;
}

std::uint32_t fingerprint(const SpikeData& data) {
  boost::crc_32_type crc;
  add(crc, data.labels);
  add(crc, data.begin);
  add(crc, data.units);
  return crc.checksum();
}

}  // namespace spikegrad
