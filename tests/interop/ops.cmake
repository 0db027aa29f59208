# SPDX-License-Identifier: Apache-2.0
muster_interop(docs_commands 240 python3 tests/interop/docs_commands.py)
muster_interop(systemd_unit 60 python3 tests/interop/systemd_unit.py)
muster_interop(systemd_boot 240 python3 tests/interop/systemd_boot.py)
muster_interop(copied_disk 120 python3 tests/interop/copied_disk.py)
muster_interop(operations 120 python3 tests/interop/operations.py)
