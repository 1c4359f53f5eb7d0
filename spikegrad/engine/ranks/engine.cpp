// SPDX-License-Identifier: Apache-2.0
#include "spikegrad/engine/ranks/engine.hpp"

#include "spikegrad/core/error.hpp"
#include "spikegrad/engine/ranks/pass.hpp"

namespace spikegrad {

std::unique_ptr<Pass> RanksEngine::prepare(const LearningSignal& signal) {
  std::unique_ptr<Pass> pass = inner_->prepare(signal);
  auto* grouped = dynamic_cast<GroupedPass*>(pass.get());
  if (!grouped) throw InternalError("the engine's passes do not keep the gradients of their groups");
  static_cast<void>(pass.release());  // grouped is the same object
  return std::make_unique<RanksPass>(objective(), std::unique_ptr<GroupedPass>(grouped), group_size(),
                                     ranks_);
}

}  // namespace spikegrad
