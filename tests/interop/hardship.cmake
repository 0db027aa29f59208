# SPDX-License-Identifier: Apache-2.0
# Plain machines (network namespaces on one Ethernet), no emulator.
muster_interop(two_nodes 180 python3 tests/interop/two_nodes.py)
