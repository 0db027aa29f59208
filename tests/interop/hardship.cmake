# SPDX-License-Identifier: Apache-2.0
# Plain machines (network namespaces on one Ethernet), no emulator.
muster_interop(two_nodes 180 python3 tests/interop/two_nodes.py)
muster_interop(hardship_start 180 python3 tests/interop/hardship_start.py)
muster_interop(hardship_disk 180 python3 tests/interop/hardship_disk.py)
muster_interop(hardship_link 180 python3 tests/interop/hardship_link.py)
muster_interop(hardship_sip 180 python3 tests/interop/hardship_sip.py)
muster_interop(hardship_repeat 180 python3 tests/interop/hardship_repeat.py)
muster_interop(babel_underlay 240 python3 tests/interop/babel_underlay.py)
# A few rounds; ./run soak plays more.
muster_interop(soak 300 python3 tests/interop/soak.py --build ${CMAKE_BINARY_DIR} --rounds 3 --as-test)
# They measure real time.
