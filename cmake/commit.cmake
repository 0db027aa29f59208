# SPDX-License-Identifier: Apache-2.0
# Writes the commit that is being built into OUTPUT, if it has changed: reports name it.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=40 --exclude=*
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
                RESULT_VARIABLE failed)
if(failed)
  set(commit "")
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#define MUSTER_COMMIT \"@commit@\"\n" @ONLY)
