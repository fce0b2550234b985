"""Consoles that have not all letters: names are written out, and nothing ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fluxkit.synthetic.writers import Field, time_stamps, write_toa5
from tests.raw.test_headers_alone import BEGIN


@pytest.mark.parametrize("encoding", ["cp1252", "cp437"])
def test_names_that_a_console_cannot_show(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "Ωmeßdaten→.dat"
    fields = [Field(name, "m/s", 2) for name in ("u", "v", "w")]
    write_toa5(path, fields, [[1.0] * 40] * 3, time_stamps(BEGIN, 40, 10.0))
    done = subprocess.run(
        [sys.executable, "-m", "fluxkit", "inspect", str(path)],
        env=os.environ | {"PYTHONIOENCODING": encoding}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"\\u2192.dat: toa5, 40 records" in done.stdout
