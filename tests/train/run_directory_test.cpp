// SPDX-License-Identifier: Apache-2.0
// Damage of every kind to what a run has on disk.
#include "spikegrad/train/run_directory.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "spikegrad/core/error.hpp"
#include "spikegrad/core/file.hpp"
#include "spikegrad/train/run.hpp"
#include "tests/train/labelled_task.hpp"

namespace spikegrad {
namespace {

namespace fs = std::filesystem;

class RunFolder : public ::testing::Test {
 protected:
  RunFolder() {
    std::string name = (fs::temp_directory_path() / "spikegrad-run-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~RunFolder() override { fs::remove_all(folder); }

  static RunDescription info() {
    return {.version = "0",
            .build = "a compiler",
            .model = "model.toml",
            .set = {"training.epochs=3"},
            .seed = 7,
            .data = RunData{.training = "data.h5", .samples = 2, .spikes = 3, .checksum = 1}};
  }
  RunDirectory create() const { return RunDirectory::create(folder, testing::task_model(), info()); }
  static Archive archive(double value) {
    Archive a;
    const std::vector<double> values{value, -1.0};
    a.add("group/numbers", {1, 2}, values);
    return a;
  }
  fs::path folder;
};

TEST_F(RunFolder, ArchivesComeBackAndEveryFlippedByteIsNoticed) {
  const std::string bytes = to_bytes(archive(0.1));
  const Archive back = from_bytes(bytes, "here");
  EXPECT_EQ(back.find("group/numbers").values, (std::vector<double>{0.1, -1.0}));
  EXPECT_EQ(back.find("group/numbers").shape, (std::vector<std::size_t>{1, 2}));
  EXPECT_THROW(back.find("other"), UserError);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string bad = bytes;
    bad[i] = static_cast<char>(bad[i] ^ 1 << i % 8);
    EXPECT_THROW(from_bytes(bad, "bad"), UserError) << i;
  }
  for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 8)
    EXPECT_THROW(from_bytes(bytes.substr(0, size), "cut"), UserError) << size;
}

TEST_F(RunFolder, TheCheckpointBeforeADamagedOneIsTaken) {
  const RunDirectory run = create();
  EXPECT_FALSE(run.newest());
  run.save(archive(1), 7, "");
  run.save(archive(2), 9, run.checkpoint_file(7));
  run.save(archive(3), 12, run.checkpoint_file(9));
  EXPECT_FALSE(fs::exists(run.checkpoint_file(7)));
  EXPECT_EQ(run.newest()->archive.find("group/numbers").values[0], 3.0);

  write_file(run.checkpoint_file(12), read_file(run.checkpoint_file(12)).substr(0, 500));
  const auto before = run.newest();
  EXPECT_EQ(before->archive.find("group/numbers").values[0], 2.0);
  ASSERT_EQ(before->refused.size(), 1u);
  EXPECT_NE(before->refused[0].find("12.h5"), std::string::npos);

  run.save(archive(4), 10, before->file);  // the damaged one, whose number is above, goes
  EXPECT_EQ(run.newest()->archive.find("group/numbers").values[0], 4.0);

  write_file(run.checkpoint_file(9), "");
  write_file(run.checkpoint_file(10), "");
  EXPECT_THROW(run.newest(), UserError);
}

TEST_F(RunFolder, ChosenEpochsStay) {
  RunDirectory run = create();
  EXPECT_FALSE(run.keeps(5));
  run.set_kept({5, 2, 5});
  EXPECT_TRUE(run.keeps(5));
  EXPECT_FALSE(run.keeps(3));
  EXPECT_EQ(RunDirectory::open(folder).info().keep_checkpoints, (std::vector<std::size_t>{2, 5}));
  run.keep(archive(2), 2);
  run.keep(archive(5), 5);
  run.save(archive(9), 7, "");  // drops checkpoints, not these
  write_file(folder / "epoch-99999999999999999999999.h5", "no number of ours");
  EXPECT_EQ(run.kept_epochs(), (std::vector<std::size_t>{2, 5}));
  EXPECT_EQ(run.kept_state(5).find("group/numbers").values[0], 5.0);
  EXPECT_THROW(run.kept_state(3), UserError);
  run.drop_kept_after(4);
  EXPECT_EQ(run.kept_epochs(), (std::vector<std::size_t>{2}));
  write_file(folder / "epoch-000002.h5", "short");
  EXPECT_THROW(run.kept_state(2), UserError);
}

TEST_F(RunFolder, KnowsItsFiles) {
  RunDirectory run = create();
  run.keep(archive(2), 2);
  run.save(archive(9), 7, "");
  for (const auto& file : fs::directory_iterator(folder)) EXPECT_TRUE(RunDirectory::is_part(file)) << file;
  EXPECT_FALSE(RunDirectory::is_part(folder / "report.html"));
  EXPECT_FALSE(RunDirectory::is_part(folder / "sub" / "model.toml"));
}

TEST_F(RunFolder, HoldsOneRunWhichIsReadAsItWasWritten) {
  create();
  create();  // the first ended before an epoch or a checkpoint: nothing is lost
  const RunDirectory run = RunDirectory::open(folder);
  run.append({.epoch = 1}, testing::task_model().network);
  EXPECT_THROW(create(), UserError);
  EXPECT_EQ(run.load_model().parameters, testing::task_model().parameters);
  EXPECT_EQ(run.load_model().data->binary, true);
  write_file(folder / "run.json", "{");
  EXPECT_THROW(RunDirectory::open(folder), UserError);
  for (const char* key : {"/version", "/engine", "/data", "/data/training", "/data/checksum"}) {
    nlohmann::json other = nlohmann::json::parse(to_json(info()));
    other[nlohmann::json::json_pointer(key)] = nullptr;
    write_file(folder / "run.json", other.dump());
    EXPECT_THROW(RunDirectory::open(folder), UserError) << key;
  }
  EXPECT_THROW(RunDirectory::open(folder / "none"), UserError);
}

TEST_F(RunFolder, TheDescriptionComesBackAsItWas) {
  const RunDescription before = info(), after = description_from_json(to_json(before), "here");
  EXPECT_EQ(to_json(after), to_json(before));
  EXPECT_EQ(after.set, before.set);
  EXPECT_EQ(after.seed, 7u);
  EXPECT_EQ(after.data->spikes, 3u);
  RunDescription made = info();
  made.date = "2026-11-28T03:45:00Z", made.commit = "abc", made.command = "spikegrad train m.toml",
  made.threads = 3;
  const RunDescription kept = description_from_json(to_json(made), "here");
  EXPECT_EQ(kept.date, made.date);
  EXPECT_EQ(kept.commit, made.commit);
  EXPECT_EQ(kept.command, made.command);
  EXPECT_EQ(kept.threads, 3u);
  RunDescription own = info();
  own.engine = EngineKind::reference;
  own.data.reset();
  EXPECT_EQ(description_from_json(to_json(own), "here").engine, EngineKind::reference);
  EXPECT_FALSE(description_from_json(to_json(own), "here").data);
  EXPECT_THROW(description_from_json("[]", "here"), UserError);
}

TEST_F(RunFolder, EpochsComeBackAndAnotherLineIsRefused) {
  const Network network = testing::task_model().network;
  const RunDirectory run = create();
  EpochMetrics epoch{.epoch = 1, .labelled = true, .validated = true, .rates = {1.0, 2.0, 0.0}};
  epoch.training = {.loss = 0.5, .accuracy = 0.25};
  epoch.gradient_norm = std::numeric_limits<double>::quiet_NaN();
  run.append(epoch, network);
  const auto back = run.epochs(network);
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].training.accuracy, 0.25);
  EXPECT_TRUE(std::isnan(back[0].gradient_norm));
  EXPECT_EQ(back[0].rates[1], 2.0);
  append_file(folder / "metrics.jsonl", "{\"epoch\": \"two\"}\n");
  EXPECT_THROW(run.epochs(network), UserError);
}

TEST_F(RunFolder, MetricsOfLostWorkAreDropped) {
  const RunDirectory run = create();
  for (const char* line : {"{\"epoch\":1}\n", "{\"epoch\":2}\n", "{\"epoch\":3}\n"})
    append_file(folder / "metrics.jsonl", line);
  append_file(folder / "metrics.jsonl", "{\"epoch\": \"1\"}\n{\"epoch\": 5, \"tor");
  run.keep_metrics_until(2);
  EXPECT_EQ(read_file(folder / "metrics.jsonl"), "{\"epoch\":1}\n{\"epoch\":2}\n");
}

TEST_F(RunFolder, WhatCannotBeWrittenIsAnErrorThatLosesNothing) {
  const RunDirectory run = create();
  run.save(archive(1), 1, "");
  fs::create_directory(run.checkpoint_file(2).string() + ".partial");
  EXPECT_THROW(run.save(archive(2), 2, run.checkpoint_file(1)), UserError);
  EXPECT_EQ(run.newest()->archive.find("group/numbers").values[0], 1.0);
  fs::remove(folder / "metrics.jsonl");
  fs::create_symlink("/dev/full", folder / "metrics.jsonl");
  EXPECT_THROW(run.append({.epoch = 1}, testing::task_model().network), UserError);
}

TEST_F(RunFolder, AnInterruptSavesWhatWasDone) {
  struct AfterThree : Progress {
    int left = 3;
    void advance(std::size_t) override {
      if (--left == 0) throw Interrupted();
    }
  } impatient;
  const SpikeData data = testing::labelled_task(150);
  const Model model = testing::task_model();
  const RunDirectory run = create();
  testing::DataTrainer trainer(model, data, {});
  EXPECT_THROW(run_training(*trainer, run, model.network, "", {}, impatient, [](const EpochMetrics&) {}),
               Interrupted);

  testing::DataTrainer resumed(model, data, {});
  const auto checkpoint = run.newest();
  resumed->restore(checkpoint->archive);
  EXPECT_EQ(resumed->state().epoch * 1000 + resumed->state().update,
            trainer->state().epoch * 1000 + trainer->state().update);
  run_training(*resumed, run, model.network, checkpoint->file, {}, no_progress(), [](const EpochMetrics&) {});
  testing::DataTrainer whole(model, data, {});
  while (!whole->finished()) whole->epoch(no_progress());
  EXPECT_TRUE(
      std::equal(whole->parameters().begin(), whole->parameters().end(), resumed->parameters().begin()));
}

}  // namespace
}  // namespace spikegrad
