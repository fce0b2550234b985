import pytest

from fluxkit.archive.inputs import Input, merged
from fluxkit.archive.parts import (
    Rejected,
    Summary,
    condense_settings,
    part_path,
    read_summaries,
    require_settings,
    write_summary,
)
from fluxkit.errors import MomentsError
from fluxkit.raw.samples import Problem
from tests.small_station import NAMES, make_site
from tests.tower import mast

PROBLEM = Problem("raw/a.dat", 7, "line", "a reason, with «signs»")
SUMMARY = Summary(
    "2024-07-01",
    48,
    47,
    inputs=(Input("raw/a.dat", "ab" * 32, 12, "partly"),),
    problems=(PROBLEM,),
    rejected=(Rejected("2024-07-01T12:00", PROBLEM),),
)


def test_a_summary_is_read_as_it_was_written(tmp_path):
    write_summary(SUMMARY, tmp_path)
    part_path(tmp_path, "2024-07-01").touch()
    assert read_summaries(tmp_path) == [SUMMARY]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"date": "2024-07-01"}'])
def test_a_damaged_summary_is_told(tmp_path, text):
    path = part_path(tmp_path, "2024-07-01")
    path.parent.mkdir(parents=True)
    path.touch()
    path.with_suffix(".json").write_text(text)
    with pytest.raises(MomentsError, match=r"2024-07-01\.json: missing or damaged .*remove 2024-07-01\.nc"):
        read_summaries(tmp_path)


def test_settings_of_moments_are_those_that_condensing_needs():
    raw = NAMES | {"file_minutes": 30}
    site = make_site(**raw)
    moved = make_site(files="elsewhere/*.csv", **raw)
    taller = site.model_copy(update={"station": site.station.model_copy(update={"canopy_height": 5.0})})
    faster = make_site(rate=2.0, **raw)
    assert condense_settings(moved) == condense_settings(taller) == condense_settings(site)
    assert condense_settings(faster) != condense_settings(site)


def test_moments_serve_narrower_lags_but_not_wider_ones(tmp_path):
    def reaching(low: float, high: float) -> str:
        lag = {"nominal": 0.0, "min": low, "max": high}
        co2 = mast.column("mol m-3", instrument="g", quantity="density", lag=lag)
        return condense_settings(mast.make_site(columns={"co2": co2}))

    held = reaching(-1.0, 2.0)
    require_settings(tmp_path, held, reaching(-0.5, 1.0))
    with pytest.raises(MomentsError, match=r"other settings \(columns\.co2\.lag\); condense again"):
        require_settings(tmp_path, held, reaching(-1.0, 3.0))


def test_a_file_that_two_days_read_is_told_once_with_what_it_lost():
    entries = [Input("b", "1", 1, "used"), Input("a", "2", 2, "used"), Input("b", "1", 1, "partly")]
    assert merged(entries) == [Input("a", "2", 2, "used"), Input("b", "1", 1, "partly")]
    assert merged(reversed(entries)) == merged(entries)
