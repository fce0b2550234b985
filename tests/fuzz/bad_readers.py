"""Readers that do what none should, for tests of the harness."""

import ctypes
import time
from pathlib import Path

from tests.fuzz.target import Seed, Target

SOUND = b"a,b\n1,2\n" * 30


def _hangs(path: Path) -> None:
    if path.read_bytes() != SOUND and path.stat().st_size % 2:
        time.sleep(60)


def _crashes(path: Path) -> None:
    if path.read_bytes() != SOUND:
        ctypes.string_at(0)


def _floods(path: Path) -> None:
    if path.read_bytes() != SOUND:
        bytearray(8 * 2**30)


def _errs(path: Path) -> None:
    if path.read_bytes() != SOUND:
        {}["what is not there"]


def _target(name: str, way, patience: float = 10.0) -> Target:
    return Target(name, lambda folder: [Seed("x.csv", SOUND, (way,))], patience)


TARGETS = {
    "hangs": _target("hangs", _hangs, 0.3),
    "crashes": _target("crashes", _crashes),
    "floods": _target("floods", _floods),
    "errs": _target("errs", _errs),
}
