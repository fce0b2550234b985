"""Some damaged files for every reader, always the same; ``make fuzz`` reads thousands."""

from functools import cache
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluxkit.raw.registry import BUILT_IN
from tests.fuzz.damage import as_found
from tests.fuzz.target import Seed, case, tried
from tests.fuzz.targets import TARGETS

#: For each reader, divided by what a file of its costs.
FILES = 150
EXAMPLES = 12


@pytest.fixture(scope="module")
def seeds_of(tmp_path_factory):
    """Sound files of a target, made once."""

    @cache
    def made(name: str) -> list[Seed]:
        return TARGETS[name].seeds(tmp_path_factory.mktemp("seeds"))

    return made


def test_every_reader_is_a_target():
    assert set(BUILT_IN) <= set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_damage_makes_samples_or_an_error_of_our_own(name, seeds_of, tmp_path):
    seeds = seeds_of(name)
    assert seeds, (
        f"give {name} a sound file: tests/raw/test_every_format.py or tests/chamber/analysers/specimens.py"
    )
    assert all(tried(seed, seed.data, tmp_path) for seed in seeds)  # the sound files are read
    number = round(FILES / TARGETS[name].cost)
    read = sum(tried(*case(name, seeds, k), tmp_path, k) for k in range(number))
    assert read < number
    assert read > 0 or TARGETS[name].cost > 5  # the sums in HDF5 see nearly everything


@pytest.mark.parametrize("name", [name for name, target in TARGETS.items() if target.cost < 5])
@settings(
    max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(rng=st.randoms(use_true_random=False), which=st.integers(0, 20))
def test_hypothesis_finds_no_other_way_out(name, seeds_of, tmp_path, rng: Random, which):
    """As above, but what fails is made small."""
    seeds = seeds_of(name)
    seed = seeds[which % len(seeds)]
    tried(seed, as_found(seed.data, rng, [s.data for s in seeds]), tmp_path, which)


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("content", [b"", b"\x00", b"\n", b"\xff" * 5000, b"\x00" * 5000])
def test_next_to_nothing(name, content, seeds_of, tmp_path):
    for seed in seeds_of(name)[:1]:
        tried(seed, content, tmp_path)
