# SPDX-License-Identifier: Apache-2.0
# Writes OUT, a header with the commit that is built; touches it only if it has changed.
# usage: cmake -DSOURCE=DIR -DOUT=FILE -P commit.cmake
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude=*
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT commit)
  set(commit unknown)
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT "#define MUSTER_COMMIT \"${commit}\"\n")
