# SPDX-License-Identifier: Apache-2.0
muster_interop(direwolf 600 python3 tests/interop/direwolf.py)
