// SPDX-License-Identifier: Apache-2.0
// What of the library can be seen from outside: everything else is compiled hidden. The same objects make the
// static and the shared library, so the macro does not ask which one is used.
#pragma once

#if defined(__GNUC__)
#define SPIKEGRAD_EXPORT __attribute__((visibility("default")))
#else
#define SPIKEGRAD_EXPORT
#endif
