// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/train/run_data.hpp"

#include "spikegrad/core/error.hpp"
#include "spikegrad/train/data_files.hpp"
#include "spikegrad/train/data_task.hpp"
#include "spikegrad/train/problem_task.hpp"

namespace spikegrad {

RunTask read_run_task(const std::string& run, const RunDescription& info, const Model& model,
                      const std::optional<std::filesystem::path>& data, std::vector<std::string>& notes,
                      Isolation isolation) {
  if (!model.data) {
    if (data)
      throw UserError("--data " + data->string() +
                      ": the run has no data set, its model has an input of its own");
    return {nullptr, std::make_unique<ProblemTask>(model)};
  }
  DataFiles files;
  if (data) {
    files = find_data_files(*data);
  } else {
    if (!info.data || info.data->training.empty())
      throw UserError(run + ": began with data from memory, so that they are needed again");
    files.training = info.data->training;
    if (!info.data->validation.empty()) files.validation = info.data->validation;
  }
  auto read = std::make_shared<SpikeData>(read_training_data(files, model, notes, isolation));
  if (!data && info.data->checksum != fingerprint(*read))
    throw UserError(read->source + ": is not the data that " + run + " began with; --data takes others");
  auto task = std::make_unique<DataTask>(model, *read);
  return {std::move(read), std::move(task)};
}

}  // namespace spikegrad
