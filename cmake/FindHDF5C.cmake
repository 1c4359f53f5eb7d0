# SPDX-License-Identifier: Apache-2.0
# HDF5's C interface as HDF5C::HDF5C, for programs, and HDF5C::shared, for shared libraries. CMake's own FindHDF5 compiles a test in C, which our projects need not enable,
# and links the libraries that HDF5 itself was linked with. Looks where Debian and the others put it.
#
# The static library where it links: Debian's shared one brings 30 others along for files in the cloud (curl, TLS,
# Kerberos), which cost a process 6 MB of memory and its start 10 ms, and which nothing here uses. Debian's static one
# is not position-independent, so that no shared library can be made of it.
include(CheckCXXSourceCompiles)
include(CMakePushCheckState)
include(FindPackageHandleStandardArgs)

find_path(HDF5C_INCLUDE_DIR hdf5.h PATH_SUFFIXES hdf5/serial)
find_library(HDF5C_LIBRARY NAMES hdf5_serial hdf5 PATH_SUFFIXES hdf5/serial)
find_library(HDF5C_STATIC_LIBRARY NAMES libhdf5_serial.a libhdf5.a PATH_SUFFIXES hdf5/serial)
find_library(HDF5C_SZIP_LIBRARY NAMES sz)
mark_as_advanced(HDF5C_LIBRARY HDF5C_STATIC_LIBRARY HDF5C_SZIP_LIBRARY HDF5C_INCLUDE_DIR)

set(HDF5C_behind_static z ${CMAKE_DL_LIBS})
if(HDF5C_SZIP_LIBRARY)
  list(APPEND HDF5C_behind_static "${HDF5C_SZIP_LIBRARY}")
endif()
if(HDF5C_STATIC_LIBRARY AND HDF5C_INCLUDE_DIR)
  cmake_push_check_state(RESET)
  set(CMAKE_REQUIRED_INCLUDES "${HDF5C_INCLUDE_DIR}")
  set(CMAKE_REQUIRED_LIBRARIES "${HDF5C_STATIC_LIBRARY}" ${HDF5C_behind_static})
  check_cxx_source_compiles("#include <hdf5.h>\nint main() { return H5open(); }" HDF5C_STATIC_LINKS)
  cmake_pop_check_state()
endif()

find_package_handle_standard_args(HDF5C REQUIRED_VARS HDF5C_LIBRARY HDF5C_INCLUDE_DIR)
if(HDF5C_FOUND AND NOT TARGET HDF5C::HDF5C)
  add_library(HDF5C::HDF5C UNKNOWN IMPORTED)
  set_target_properties(HDF5C::HDF5C PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${HDF5C_INCLUDE_DIR}")
  if(HDF5C_STATIC_LINKS)
    set_target_properties(HDF5C::HDF5C PROPERTIES IMPORTED_LOCATION "${HDF5C_STATIC_LIBRARY}"
                                                  INTERFACE_LINK_LIBRARIES "${HDF5C_behind_static}")
  else()
    set_target_properties(HDF5C::HDF5C PROPERTIES IMPORTED_LOCATION "${HDF5C_LIBRARY}")
  endif()
  add_library(HDF5C::shared UNKNOWN IMPORTED)
  set_target_properties(HDF5C::shared PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${HDF5C_INCLUDE_DIR}"
                                                 IMPORTED_LOCATION "${HDF5C_LIBRARY}")
endif()
