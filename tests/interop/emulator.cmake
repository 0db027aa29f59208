# SPDX-License-Identifier: Apache-2.0
# Drills in the live emulator; one at a time, since they measure real time.
muster_interop(medium 120 python3 tests/interop/emulator_medium.py)
muster_interop(demo 300 python3 tests/interop/demo.py --build ${CMAKE_BINARY_DIR} --as-test)
muster_interop(kill_call 200 python3 tests/interop/emulator_kill_call.py)
muster_interop(kill_message 200 python3 tests/interop/emulator_kill_message.py)
muster_interop(emulator_keep 120 python3 tests/interop/emulator_keep.py)
