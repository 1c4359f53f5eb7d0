// SPDX-License-Identifier: Apache-2.0
// What every reader promises, as a crash that the fuzzer sees when it is broken.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "spikegrad/core/error.hpp"

namespace spikegrad::fuzz {

inline void expect(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

/// Runs `read`; a UserError of one line is fine, any other exception is not. 0, what LLVMFuzzerTestOneInput
/// returns.
template <class Read>
int expect_done_or_refused(Read&& read) {
  try {
    read();
  } catch (const UserError& error) {
    const std::string text = error.what();
    expect(!text.empty() && text.find('\n') == std::string::npos, "an error is not one line");
  } catch (const std::exception& error) {
    expect(false, error.what());
  }
  return 0;
}

}  // namespace spikegrad::fuzz
