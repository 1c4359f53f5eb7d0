// SPDX-License-Identifier: Apache-2.0
// The two kinds of failure. What the user can mend is not what we must mend, so the types differ.
#pragma once

#include <stdexcept>
#include <string>

#include "spikegrad/export.hpp"

namespace spikegrad {

/// Base of everything the library throws.
class SPIKEGRAD_EXPORT Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The user's input is wrong (a file, an option, a value, a path). The message is one line: what is
/// wrong, where, and what would be right. The command line exits with 2.
class SPIKEGRAD_EXPORT UserError : public Error {
 public:
  using Error::Error;
};

/// Numbers left their range: a potential, a loss or a gradient is not finite. A trainer that throws it is in the
/// state before the update.
class SPIKEGRAD_EXPORT NotFinite : public UserError {
 public:
  using UserError::UserError;
};

/// A promise of the library is broken: a bug of ours, never the user's fault.
class SPIKEGRAD_EXPORT InternalError : public Error {
 public:
  using Error::Error;
};

/// Throws InternalError unless `condition` holds; for preconditions between our own layers.
inline void require(bool condition, const char* what) {
  if (!condition) throw InternalError(std::string("internal error: ") + what);
}

}  // namespace spikegrad
