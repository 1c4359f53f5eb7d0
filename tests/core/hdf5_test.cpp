// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/core/hdf5.hpp"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cstdint>
#include <fstream>
#include <limits>
#include <thread>

#include "spikegrad/core/file.hpp"
#include "tests/support/scratch.hpp"

namespace spikegrad::hdf5 {
namespace {

template <class T>
void expect_round_trip(const std::vector<T>& values) {
  File out = File::create_in_memory();
  out.write("deep/inside/values", std::span<const T>(values));
  const File in = File::open_bytes(out.bytes(), "test");
  EXPECT_EQ(in.read<T>("deep/inside/values"), values);
  EXPECT_EQ(in.shape("deep/inside/values"), std::vector{values.size()});
}

TEST(Hdf5, NumbersComeBackBitForBit) {
  expect_round_trip<float>({1.5f, -0.0f, std::numeric_limits<float>::denorm_min(), 3e38f});
  expect_round_trip<double>({1.0 / 3.0, -1e300, 5e-324});
  expect_round_trip<std::uint8_t>({0, 255});
  expect_round_trip<std::uint16_t>({0, 65535});
  expect_round_trip<std::uint32_t>({0, 4294967295u});
  expect_round_trip<std::int32_t>({-2147483647 - 1, 2147483647});
  expect_round_trip<std::int64_t>({std::numeric_limits<std::int64_t>::min(), 1});
  expect_round_trip<std::uint64_t>({0, std::numeric_limits<std::uint64_t>::max()});
  expect_round_trip<float>({});
}

TEST(Hdf5, ShapesAndScalars) {
  File out = File::create_in_memory();
  const std::vector<float> six{1, 2, 3, 4, 5, 6};
  out.write("matrix", std::span<const float>(six), std::vector<std::size_t>{2, 3});
  out.write("scalar", std::span<const float>(six).first(1), {});
  const File in = File::open_bytes(out.bytes(), "test");
  EXPECT_EQ(in.shape("matrix"), (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(in.read<float>("matrix"), six);
  EXPECT_TRUE(in.shape("scalar").empty());
  EXPECT_EQ(in.read<float>("scalar"), std::vector{1.0f});
  EXPECT_TRUE(in.contains("matrix"));
  EXPECT_FALSE(in.contains("matrix/none"));
  EXPECT_FALSE(in.contains("none/matrix"));
}

TEST(Hdf5, StringsAndRaggedRows) {
  File out = File::create_in_memory();
  const std::vector<std::string> names{"null", "", "fünf"};
  out.write_strings("names", names);
  const std::vector<float> times{0.5f, 0.25f, 0.125f};
  const std::vector<std::uint16_t> units{3, 2, 65535};
  const std::vector<std::span<const float>> time_rows{
      std::span(times).first(2), {}, std::span(times).last(1)};
  const std::vector<std::span<const std::uint16_t>> unit_rows{
      std::span(units).first(2), {}, std::span(units).last(1)};
  out.write_ragged<float>("times", time_rows);
  out.write_ragged<std::uint16_t>("units", unit_rows);
  const File in = File::open_bytes(out.bytes(), "test");
  EXPECT_EQ(in.read_strings("names"), names);
  std::vector<std::size_t> seen;
  in.read_ragged("times", "units", [&](std::size_t i, auto t, auto u) {
    seen.push_back(i);
    EXPECT_TRUE(std::equal(t.begin(), t.end(), time_rows[i].begin(), time_rows[i].end()));
    EXPECT_TRUE(std::equal(u.begin(), u.end(), unit_rows[i].begin(), unit_rows[i].end()));
  });
  EXPECT_EQ(seen, (std::vector<std::size_t>{0, 1, 2}));
}

TEST(Hdf5, NumbersOutOfRangeAndWrongTypesAreRefused) {
  File out = File::create_in_memory();
  out.write<std::int32_t>("integers", std::vector<std::int32_t>{1, 70000});
  out.write<float>("floats", std::vector<float>{1.0f});
  out.write_strings("strings", std::vector<std::string>{"a"});
  const File in = File::open_bytes(out.bytes(), "test.h5");
  EXPECT_EQ(refusal([&] { in.read<std::uint16_t>("integers"); }),
            "test.h5: integers: [1] is 70000, must lie from 0 to 65535");
  EXPECT_EQ(refusal([&] { in.read<std::uint64_t>("integers"); }),
            "test.h5: integers: must hold unsigned integers");
  EXPECT_EQ(refusal([&] { in.read<float>("integers"); }),
            "test.h5: integers: holds integers, must hold floating point numbers");
  EXPECT_EQ(refusal([&] { in.read<int>("strings"); }), "test.h5: strings: holds strings, must hold integers");
  EXPECT_EQ(refusal([&] { in.read_strings("floats"); }),
            "test.h5: floats: holds floating point numbers, must hold strings");
  EXPECT_EQ(refusal([&] { in.read<int>("none"); }), "test.h5: none: is missing");
  EXPECT_NE(refusal([&] { in.read_ragged("floats", "integers", [](auto...) {}); }).find("variable-length"),
            std::string::npos);
}

TEST(Hdf5, FilesAppearWholeOrNotAtAll) {
  const Scratch scratch;
  const auto path = scratch / "new/file.h5";
  {
    File out = File::create(path);
    out.write<int>("a", std::vector<int>{1});
  }
  EXPECT_TRUE(std::filesystem::is_empty(path.parent_path()));
  File out = File::create(path);
  out.write<int>("a", std::vector<int>{2});
  EXPECT_FALSE(std::filesystem::exists(path));
  out.commit();
  EXPECT_EQ(File::open(path).read<int>("a"), std::vector{2});
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path.parent_path()), {}), 1);
}

TEST(Hdf5, WhatIsNoFileIsRefused) {
  const Scratch scratch;
  write_file(scratch / "text.h5", "not HDF5");
  write_file(scratch / "empty.h5", "");
  write_file(scratch / "cut.h5", File::create_in_memory().bytes().substr(0, 100));
  for (const char* name : {"text.h5", "empty.h5", "cut.h5", "missing.h5"}) {
    const std::string why = refusal([&] { File::open(scratch / name); });
    EXPECT_NE(why.find(name), std::string::npos);
    EXPECT_EQ(why.find("unknown"), std::string::npos) << why;
  }
  EXPECT_NE(refusal([&] { File::open(scratch.folder()); }).find("folder"), std::string::npos);
  EXPECT_EQ(refusal([] { File::open_bytes("", "nothing"); }), "nothing: is empty, must be an HDF5 file");
  EXPECT_NE(refusal([&] { File::create(scratch / "text.h5/file.h5"); }).find("text.h5"), std::string::npos);
}

TEST(Hdf5, CutFilesAreRefused) {
  File out = File::create_in_memory();
  const std::vector<double> values(1000, 1.0);
  out.write("values", std::span<const double>(values));
  const std::string bytes = out.bytes();
  EXPECT_NO_THROW(File::open_bytes(bytes, "whole").read<double>("values"));
  EXPECT_THROW(File::open_bytes(bytes.substr(0, bytes.size() / 2), "cut").read<double>("values"), UserError);
}

TEST(Hdf5, ThreadsEachWithTheirOwnFile) {
  std::vector<std::jthread> threads;
  for (int k = 0; k < 4; ++k)
    threads.emplace_back([k] {
      for (int repeat = 0; repeat < 20; ++repeat) expect_round_trip<int>(std::vector<int>(100, k));
    });
}

// As h5py writes with compression="lzf": a filter that the C library does not come with.
TEST(Hdf5, AFilterThatIsNotThereIsNamed) {
  const Scratch scratch;
  const std::string path = (scratch / "filtered.h5").string();
  const H5Z_class2_t filter{
      .version = H5Z_CLASS_T_VERS,
      .id = 400,
      .encoder_present = 1,
      .decoder_present = 1,
      .name = "strange",
      .can_apply = nullptr,
      .set_local = nullptr,
      .filter = [](unsigned, size_t, const unsigned*, size_t bytes, size_t*, void**) { return bytes; }};
  ASSERT_GE(H5Zregister(&filter), 0);
  const hsize_t size = 8;
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT),
              space = H5Screate_simple(1, &size, nullptr), list = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(list, 1, &size);
  H5Pset_filter(list, 400, H5Z_FLAG_MANDATORY, 0, nullptr);
  const hid_t set = H5Dcreate2(file, "labels", H5T_NATIVE_INT, space, H5P_DEFAULT, list, H5P_DEFAULT);
  const int values[8] = {};
  EXPECT_GE(H5Dwrite(set, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
  H5Dclose(set), H5Pclose(list), H5Sclose(space), H5Fclose(file);
  EXPECT_EQ(hdf5::File::open(path).read<std::int32_t>("labels").size(), 8u);
  ASSERT_GE(H5Zunregister(400), 0);
  const std::string why = refusal([&] { hdf5::File::open(path).read<std::int32_t>("labels"); });
  EXPECT_NE(why.find("labels: is compressed with filter 'strange', which this HDF5 library has not"),
            std::string::npos)
      << why;
}

}  // namespace
}  // namespace spikegrad::hdf5
