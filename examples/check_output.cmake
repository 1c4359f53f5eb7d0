# SPDX-License-Identifier: Apache-2.0
# Runs PROGRAM in the empty folder WORK; fails unless it succeeds and what it prints is as EXPECTED says, a regular
# expression of all of it.
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")
execute_process(COMMAND "${PROGRAM}" WORKING_DIRECTORY "${WORK}" OUTPUT_VARIABLE printed RESULT_VARIABLE code)
message("${printed}")
file(READ "${EXPECTED}" expected)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ends with ${code}")
endif()
if(NOT printed MATCHES "^${expected}$")
  message(FATAL_ERROR "what is printed is not as ${EXPECTED} says:\n${expected}")
endif()
