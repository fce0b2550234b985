import numpy as np
import pytest

from fluxkit.archive.folder.parts import CondenseSettings, require_settings
from fluxkit.archive.inputs import Input, merge_inputs
from fluxkit.errors import MomentsError
from tests.small_station import NAMES, make_site
from tests.tower import mast

DAY = np.datetime64("2024-07-01")


def condense_settings(site):
    return CondenseSettings(site).of_day(DAY)


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
    with pytest.raises(
        MomentsError,
        match=r"other settings \(columns\.co2\.lag or decide\.time_lag, which now reach further\); ",
    ):
        require_settings(tmp_path, held, reaching(-1.0, 3.0))


def test_a_file_that_two_days_read_is_told_once_with_what_it_lost():
    entries = [Input("b", "1", 1, "used"), Input("a", "2", 2, "used"), Input("b", "1", 1, "partly")]
    assert merge_inputs(entries) == [Input("a", "2", 2, "used"), Input("b", "1", 1, "partly")]
    assert merge_inputs(reversed(entries)) == merge_inputs(entries)
