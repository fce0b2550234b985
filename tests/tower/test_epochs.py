"""Values that change with time: each period is decided as a site without changes would decide it."""

import numpy as np
import pytest
import xarray as xr

from fluxkit.site.models import Site
from fluxkit.site.variants import epochs
from fluxkit.tower import chain, settings
from fluxkit.tower.climatology import footprint_climatology
from fluxkit.tower.epochs import height_at, per_epoch
from tests.tower.mast import air, dataset, make_site, seen

PERIODS = 6


@pytest.fixture(scope="module")
def raw() -> xr.Dataset:
    return dataset(*(seen(air(k, n=3000), yaw=40.0 + 50.0 * k, pitch=2.0) for k in range(PERIODS)))


def site_with(raw: xr.Dataset, **more) -> Site:
    change = {
        "start": str(raw["time"].values[3 * 3000]),
        "station": {"canopy_height": 0.6, "displacement_height": 0.5},
        "instruments": {
            "s": {"height": 4.0, "north_offset": 25.0},
            "g": {"northward_separation": 0.5, "vertical_separation": -0.3},
        },
    }
    return make_site(condense={"period": 5.0}, changes=[change], **more)


@pytest.mark.parametrize(
    "decide",
    [
        {},
        {"arithmetic": "eddypro-6", "high_frequency": "moncrieff-1997"},
        {"high_frequency": "massman-2000", "footprint": "kljun-2015"},
        {"high_frequency": "horst-1997", "footprint": "hsieh-2000"},
    ],
)
def test_each_stretch_is_as_if_it_had_always_been_so(raw, decide):
    site = site_with(raw, decide=decide)
    ((_, later),) = epochs(site)
    moments = chain.condense(raw, site)
    found = chain.decide(moments, site)
    assert "north_offset 25" in found.attrs["changes"]
    alone = (site.model_copy(update={"changes": []}), later)
    for here, constant in zip((slice(0, 3), slice(3, None)), alone, strict=True):
        expected = chain.decide(moments, constant)
        for name in expected.data_vars:
            got, want = found[name].values[here], expected[name].values[here]
            np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-15, err_msg=str(name))
    assert not np.allclose(found["WD"][3:], chain.decide(moments, alone[0])["WD"][3:])


def test_windows_of_lags_follow_the_tube():
    closed = {
        "model": "li-7200",
        "tube_length": 0.71,
        "tube_diameter": 0.0053,
        "tube_flow": 15.0,
    }
    change = {"start": "2024-07-01T10:10:00", "instruments": {"g": {"tube_flow": 3.0}}}
    data = [seen(air(k, n=3000)) for k in range(4)]
    base = make_site(condense={"period": 5.0})
    analyser = base.analyser("co2").model_dump() | closed
    told = base.model_dump(mode="json") | {"changes": [change]}
    told["instruments"] = [base.sonic.model_dump(), analyser]
    for gas in base.gases:
        told["columns"][gas] |= {"lag": None, "unit": "mol mol-1", "quantity": "mixing_ratio"}
    site = Site.model_validate(told)
    plan = settings.make_plan(site)
    ((_, then),) = plan.epochs
    assert then.windows["co2"].nominal > 3 * plan.windows["co2"].nominal
    assert plan.lags["co2"].last >= then.windows["co2"].last
    raw = dataset(*data)
    for path in ("moments", "direct"):
        given = chain.condense(raw, site) if path == "moments" else raw
        nominal = chain.decide(given, site, path=path)["CO2_TLAG_NOMINAL"].values
        np.testing.assert_array_equal(nominal[:2], plan.windows["co2"].nominal / plan.rate)
        np.testing.assert_array_equal(nominal[2:], then.windows["co2"].nominal / plan.rate)


def test_without_changes_a_number_stays_a_number(raw):
    plan = settings.make_plan(make_site())
    time = raw["time"].values[::3000]
    assert isinstance(height_at(time, plan), float)
    assert per_epoch(time, plan, lambda x, now: {"x": x}, np.arange(6.0))["x"].size == 6


def test_changes_need_no_condensing_anew(raw):
    from fluxkit.archive.folder.parts import CondenseSettings

    site = site_with(raw)
    day = np.datetime64("2024-07-01")
    same = site.model_copy(update={"changes": []})
    assert CondenseSettings(site).of_day(day) == CondenseSettings(same).of_day(day)


def test_footprints_in_the_plane_take_the_usual_height(raw, caplog):
    site = site_with(raw)
    fluxes = chain.decide(chain.condense(raw, site), site)
    found = footprint_climatology(fluxes.isel(time=slice(2, None)), site, extent=50.0, resolution=5.0)
    assert "heights change" in caplog.text
    assert float(found["footprint"].sum()) > 0
