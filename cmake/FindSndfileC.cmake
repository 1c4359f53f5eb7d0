# SPDX-License-Identifier: Apache-2.0
# libsndfile's C interface as SndfileC::SndfileC. Debian's package brings no CMake files.
include(FindPackageHandleStandardArgs)

find_path(SndfileC_INCLUDE_DIR sndfile.h)
find_library(SndfileC_LIBRARY NAMES sndfile)
mark_as_advanced(SndfileC_INCLUDE_DIR SndfileC_LIBRARY)

find_package_handle_standard_args(SndfileC REQUIRED_VARS SndfileC_LIBRARY SndfileC_INCLUDE_DIR)
if(SndfileC_FOUND AND NOT TARGET SndfileC::SndfileC)
  add_library(SndfileC::SndfileC UNKNOWN IMPORTED)
  set_target_properties(SndfileC::SndfileC PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${SndfileC_INCLUDE_DIR}"
                                                      IMPORTED_LOCATION "${SndfileC_LIBRARY}")
endif()
