# SPDX-License-Identifier: Apache-2.0
# Drills in virtual time, as people run them.
muster_interop(sim_swarm 240 python3 tests/interop/sim_swarm.py)
muster_interop(sim_spread 240 python3 tests/interop/sim_spread.py)
muster_interop(sim_pcap 120 python3 tests/interop/sim_pcap.py)
# Selenium is a package of the distribution, so of its Python.
muster_interop(sim_report 240 /usr/bin/python3 tests/interop/sim_report.py)
