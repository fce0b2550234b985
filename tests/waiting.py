"""Waiting for what another process or thread does."""

import time
from collections.abc import Callable


def wait_until(holds: Callable[[], object], patience: float = 300.0) -> None:
    """Return as soon as a condition holds; on a busy machine that may take long, so be patient."""
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, f"waited for {patience:.0f} s in vain"
        time.sleep(0.02)
