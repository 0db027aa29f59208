# SPDX-License-Identifier: Apache-2.0
muster_interop(dns_bootstrap 180 python3 tests/interop/dns_bootstrap.py)
