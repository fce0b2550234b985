"""Kernels give the same to the last bit in the process that compiles them and in those that load them."""

import os
import subprocess
import sys

import pytest

from fluxkit.synthetic.tower import make_day

CONDENSE = """
import sys
from pathlib import Path
from fluxkit.archive.job import Job
from fluxkit.archive.run import condense_archive
condense_archive(Job.of(Path(sys.argv[1]), Path(sys.argv[2])))
"""


@pytest.mark.slow
def test_kernels_that_are_compiled_give_what_kept_ones_give(tmp_path):
    config = make_day(tmp_path, hours=0.5, rate=2.0, start="2024-07-01T12:00", seed=1)
    found = []
    for name in ("compiled", "kept"):
        words = [sys.executable, "-c", CONDENSE, str(config), str(tmp_path / name)]
        subprocess.run(words, check=True, env=os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")})
        (path,) = (tmp_path / name).glob("moments/*/*.nc")
        found.append(path.read_bytes())
    assert found[0] == found[1]
