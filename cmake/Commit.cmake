# SPDX-License-Identifier: Apache-2.0
# The commit that is configured, for spikegrad::commit(). A new commit configures anew and compiles one small file.
#
#   spikegrad_find_commit(folder output)     the commit of the checkout whose top is `folder`, else "unknown"
include_guard()

function(spikegrad_git output folder)
  execute_process(COMMAND git -C "${folder}" ${ARGN} OUTPUT_VARIABLE text OUTPUT_STRIP_TRAILING_WHITESPACE
                  ERROR_QUIET RESULT_VARIABLE failed)
  if(failed)
    set(text "")
  endif()
  set(${output} "${text}" PARENT_SCOPE)
endfunction()

function(spikegrad_find_commit folder output)
  set(${output} unknown PARENT_SCOPE)
  # A release unpacked inside a checkout of something else is not at that one's commit.
  spikegrad_git(top "${folder}" rev-parse --show-toplevel)
  file(REAL_PATH "${folder}" folder)
  if(NOT top STREQUAL folder)
    return()
  endif()
  spikegrad_git(commit "${folder}" rev-parse --short=12 HEAD)
  if(commit)
    set(${output} "${commit}" PARENT_SCOPE)
  endif()
endfunction()
