# SPDX-License-Identifier: Apache-2.0
muster_interop(direwolf 600 python3 tests/interop/direwolf.py)
# Sound takes its time whatever the machine: it starts first, and the unit tests run beside it.
set_tests_properties(interop.direwolf PROPERTIES RUN_SERIAL FALSE COST 1000)
