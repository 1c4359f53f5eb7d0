// SPDX-License-Identifier: Apache-2.0
// A stranger's program: installed headers, symbols of the installed library, and errors that cross its border as what
// they are. Returns 0 if all work.
#include <cstdio>
#include <spikegrad/spikegrad.hpp>

namespace {

/// A Progress of ours, called by the library, whose exception comes back through it.
struct Impatient final : spikegrad::Progress {
  void advance(std::size_t) override { throw spikegrad::Interrupted(); }
};

bool errors_cross() {
  try {
    spikegrad::parse_model("nothing", "nothing.toml");
    return false;
  } catch (const spikegrad::UserError&) {
  }
  try {
    Impatient impatient;
    spikegrad::make_randman({.classes = 1, .samples_per_class = 1}, 1, impatient);
    return false;
  } catch (const spikegrad::Interrupted&) {
    return true;
  }
}

}  // namespace

int main() {
  const bool crossed = errors_cross();
  const auto names = spikegrad::estimators();
  std::printf("%zu estimators, built by %s; errors %s the border\n", names.size(),
              std::string(spikegrad::compiler()).c_str(), crossed ? "cross" : "are lost at");
  return crossed && !names.empty() ? 0 : 1;
}
