# SPDX-License-Identifier: Apache-2.0
muster_interop(avahi 300 python3 tests/interop/avahi.py)
