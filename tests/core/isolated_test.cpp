// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/core/isolated.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <numeric>

#include "spikegrad/core/error.hpp"
#include "tests/support/scratch.hpp"

namespace spikegrad {
namespace {

/// Runs `work` for its effects.
void isolated(const std::function<void()>& work, double seconds = 60) {
  run_isolated(
      [&]() -> Send {
        work();
        return [](Pipe& pipe) { pipe.put(1); };
      },
      [](Pipe& pipe) { EXPECT_EQ(pipe.take<int>(), 1); }, seconds, "it died");
}

TEST(Isolated, SendsWhatIsLargerThanAPipe) {
  std::vector<int> sent(1 << 20), taken(1 << 20);
  std::iota(sent.begin(), sent.end(), 7);
  std::string text;
  run_isolated(
      [&]() -> Send {
        return [&](Pipe& pipe) {
          pipe.put_text("two\nlines");
          pipe.put_all(std::span<const int>(sent));
        };
      },
      [&](Pipe& pipe) {
        text = pipe.take_text();
        pipe.take_all(std::span<int>(taken));
      },
      60, "it died");
  EXPECT_EQ(taken, sent);
  EXPECT_EQ(text, "two\nlines");
}

TEST(Isolated, MemoryOfTheParentIsNotTouched) {
  int value = 1;
  isolated([&] { value = 2; });
  EXPECT_EQ(value, 1);
}

TEST(Isolated, ErrorsCrossOver) {
  EXPECT_EQ(refusal([] { isolated([] { throw UserError("wrong there"); }); }), "wrong there");
  EXPECT_THROW(isolated([] { throw InternalError("ours"); }), InternalError);
  EXPECT_THROW(isolated([] { throw std::bad_alloc(); }), std::bad_alloc);
}

TEST(Isolated, DeathIsAnErrorOfTheInput) {
  for (const int signal : {SIGSEGV, SIGKILL, SIGABRT})
    EXPECT_EQ(refusal([&] { isolated([&] { std::raise(signal); }); }), "it died");
  EXPECT_EQ(refusal([] { isolated([] { ::_exit(0); }); }), "it died");
}

TEST(Isolated, CirclesEnd) {
  EXPECT_EQ(refusal([] {
              isolated(
                  [] {
                    for (volatile bool on = true; on;) {
                    }
                  },
                  1);
            }),
            "it died");
}

TEST(Isolated, DeathHalfWayThroughTheResult) {
  EXPECT_EQ(refusal([] {
              run_isolated(
                  []() -> Send {
                    return [](Pipe& pipe) {
                      pipe.put(1);
                      std::raise(SIGKILL);
                    };
                  },
                  [](Pipe& pipe) {
                    pipe.take<int>();
                    pipe.take<int>();
                  },
                  60, "it died");
            }),
            "it died");
}

}  // namespace
}  // namespace spikegrad
