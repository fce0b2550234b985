"""Kernels that run uncompiled take no index below zero."""

import os

from tests.kernels.checked import check_kernels

if os.environ.get("NUMBA_DISABLE_JIT") == "1":
    check_kernels()
