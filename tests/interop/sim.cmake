# SPDX-License-Identifier: Apache-2.0
# Drills in virtual time, as people run them.
muster_interop(sim_swarm 240 python3 tests/interop/sim_swarm.py)
muster_interop(sim_spread 240 python3 tests/interop/sim_spread.py)
