"""A month is seen anew within a second."""

import statistics

import pytest

from benchmarks.explorer import AFTER, SHAPING, cpu, make_year
from fluxkit.archive.job import Job
from fluxkit.explore.answers import Explorer

pytestmark = pytest.mark.slow


def test_a_month_of_half_hours_takes_less_than_a_second_of_processor_time(tmp_path):
    config = make_year(tmp_path, days=50, rate=1.0)
    explorer = Explorer(Job.of(config, tmp_path / "out"), config)
    explorer.rest()
    month = explorer.months[0]

    def decide(chosen):
        explorer.month({"chosen": chosen, "month": month})
        explorer.rest()

    decide({"rotation": "triple"})  # reads the month
    took = [cpu(lambda chosen=chosen: decide(chosen)) for chosen in (*AFTER, *SHAPING)]  # type: ignore[misc]
    answer = explorer.month({"month": month})
    explorer.end()
    assert answer["sums"][0]["possible"] > 1400
    assert not answer["exact"]
    assert statistics.median(took) < 1.0, took
