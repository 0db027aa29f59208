# SPDX-License-Identifier: Apache-2.0
# The simulator beside the live emulator.
muster_interop(simulator_agrees 300 python3 tests/interop/simulator_agrees.py)
