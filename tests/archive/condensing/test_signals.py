"""Runs that are asked to end at any moment end in order, lose nothing, and go on to the same products."""

import random
import shutil
import signal
import subprocess
import time

import pytest

from tests.archive.results import require_same, require_whole, start_run, unfinished

#: What shells see of a command that a signal has ended: in order, or before it had begun.
CODES = {number: {128 + number, -number} for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}

pytestmark = [
    pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="signals of POSIX"),
    pytest.mark.usefixtures("heard"),
]


@pytest.fixture
def config(three_days):
    return three_days / "site.toml"


def signalled_again_and_again(config, out, expected, *, times, seed, workers="1"):
    """Send signals at random moments; let the run go on each time, and compare when it comes to its end."""
    rng = random.Random(seed)
    begun = time.monotonic()
    assert start_run(config, out, "--workers", workers).wait() == 0
    length = time.monotonic() - begun
    shutil.rmtree(out)
    sent = 0
    while sent < times:
        process = start_run(config, out, "--workers", workers)
        try:
            process.communicate(timeout=rng.uniform(0.3, 1.0) * length)
        except subprocess.TimeoutExpired:
            number = rng.choice(sorted(CODES))
            process.send_signal(number)
            _, told = process.communicate(timeout=120.0)
            sent += 1
            assert process.returncode in CODES[number], told
            assert "Traceback" not in told
            assert "bug" not in told
            if out.exists():
                require_whole(out)
                assert unfinished(out) == []
        else:
            assert process.returncode == 0
            require_same(out, expected)
            shutil.rmtree(out)
    assert start_run(config, out).wait() == 0
    require_same(out, expected)


def test_signals_at_random_moments(config, tmp_path, undisturbed):
    signalled_again_and_again(config, tmp_path / "out", undisturbed, times=4, seed=3)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_two_hundred_signals_at_random_moments(config, tmp_path, undisturbed, workers):
    signalled_again_and_again(config, tmp_path / "out", undisturbed, times=100, seed=5, workers=workers)
