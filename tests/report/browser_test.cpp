// SPDX-License-Identifier: Apache-2.0
// The page in a real browser: everything drawn, nothing wider than the window, no message on the console, no
// request. Skipped where there is no Chromium or no Python.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "spikegrad/core/file.hpp"
#include "spikegrad/report/report.hpp"
#include "tests/support/example_results.hpp"

namespace spikegrad {
namespace {

namespace fs = std::filesystem;
constexpr int no_browser = 3;

class BrowserSlow : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / (std::string("spikegrad-browser-") +
                                              testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  struct Seen {
    int exit_code = -1;
    std::string output;
  };
  static Seen look(const fs::path& page, const std::string& options) {
    const std::string command =
        "python3 '" SPIKEGRAD_SOURCE_DIR "/scripts/screenshot' '" + page.string() + "' " + options + " 2>&1";
    Seen seen;
    std::FILE* pipe = popen(command.c_str(), "r");
    if (!pipe) return seen;
    for (char buffer[4096]; const auto n = std::fread(buffer, 1, sizeof buffer, pipe);)
      seen.output.append(buffer, n);
    const int status = pclose(pipe);
    seen.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return seen;
  }

  fs::path folder_;
};

#define SKIP_WITHOUT_BROWSER(seen) \
  if ((seen).exit_code == no_browser || (seen).exit_code == 127) GTEST_SKIP() << (seen).output

TEST_F(BrowserSlow, DrawsEverythingAtEveryWidthInBothSchemes) {
  write_file(folder_ / "compare.json", testing_support::example_comparison().dump());
  write_results(folder_, testing_support::example_results());
  write_report({folder_}, folder_ / "report.html");
  const Seen light = look(folder_ / "report.html", "--width 1280 400");
  SKIP_WITHOUT_BROWSER(light);
  EXPECT_EQ(light.exit_code, 0) << light.output;
  const Seen dark = look(folder_ / "report.html", "--width 800 --dark");
  EXPECT_EQ(dark.exit_code, 0) << dark.output;
}

TEST_F(BrowserSlow, PlantedFaultsAreSeen) {
  Results results = testing_support::example_results();
  results.findings.resize(1);
  std::string page = render_report({results});
  page.insert(page.find("</main>"), R"(
    <script>throw new Error('planted')</script>
    <img src='http://127.0.0.1:9/x.png'>
    <div style='width:900px'>wider than the page</div>
    <div class='plot' style='width:60px'><svg><text x='0' y='20'>cut off here</text></svg></div>
    <div class='plot'><svg><text x='9' y='20'>one</text><text x='12' y='22'>other</text></svg></div>
    <div class='plot'></div>)");
  write_file(folder_ / "spoilt.html", page);
  const Seen seen = look(folder_ / "spoilt.html", "--width 400");
  SKIP_WITHOUT_BROWSER(seen);
  EXPECT_EQ(seen.exit_code, 1);
  for (const std::string fault :
       {"Error: planted", "127.0.0.1:9/x.png", "too wide: div.: wider than the page",
        "clipped: text.: cut off here", "overlapping: one | other", "\"plots\": 5, \"drawn\": 2"})
    EXPECT_NE(seen.output.find(fault), std::string::npos) << fault << "\nis not in\n" << seen.output;
}

}  // namespace
}  // namespace spikegrad
