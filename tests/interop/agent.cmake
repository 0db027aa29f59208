# SPDX-License-Identifier: Apache-2.0
muster_interop(agent 180 python3 tests/interop/agent.py)
muster_interop(agent_node 180 python3 tests/interop/agent_node.py)
