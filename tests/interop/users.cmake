# SPDX-License-Identifier: Apache-2.0
muster_interop(two_phones 180 python3 tests/interop/two_phones.py)
