# SPDX-License-Identifier: Apache-2.0
muster_interop(docs_commands 240 python3 tests/interop/docs_commands.py)
muster_interop(systemd_unit 60 python3 tests/interop/systemd_unit.py)
muster_interop(operations 120 python3 tests/interop/operations.py)
