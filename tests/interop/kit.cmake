# SPDX-License-Identifier: Apache-2.0
muster_interop(kit 120 python3 tests/interop/kit.py)
muster_interop(renewal 120 python3 tests/interop/renewal.py)
