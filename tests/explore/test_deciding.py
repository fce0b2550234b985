"""The explorer's numbers are those of `fluxkit decide --set`."""

import shutil

import numpy as np
import pytest
import xarray as xr

from fluxkit.archive.job import Job
from fluxkit.cli.main import main
from fluxkit.ecosystem.ustar.filtering import filter_ustar
from fluxkit.errors import MomentsError
from fluxkit.explore import deciding
from fluxkit.explore.choices import controls_of, read_choices, site_of
from fluxkit.explore.deciding import LATER, Holdings
from fluxkit.explore.moments_store import wanted_of
from fluxkit.explore.sums import filled_sum, kept_of
from fluxkit.site.expected import choices
from fluxkit.site.sections.methods import Decide
from fluxkit.tower.settings import make_plan
from fluxkit.tower.tree import leaves

#: What a page sends, and what the command is given for it.
STATES = {
    "planes in sectors": (
        {"rotation": "wilczak-2001", "planar_fit.sectors": "[180, 180]", "planar_fit.min_periods": 3},
        ["rotation=wilczak-2001", "planar_fit.sectors=[180,180]", "planar_fit.min_periods=3"],
    ),
}
SLOW_STATES = {
    "as the file": ({}, []),
    "a line, by theory": (
        {"detrending": "linear", "high_frequency": "moncrieff-1997", "policy.lag_at_default": "remove"},
        ["detrending=linear", "high_frequency=moncrieff-1997", "policy.lag_at_default=remove"],
    ),
    "lags of the season": ({"lag": "humidity-classes", "low_frequency": "none"},
                           ["lag=humidity-classes", "low_frequency=none"]),
}  # fmt: skip


def told(*_: object) -> None:
    pass


def site_with(holdings, given):
    site = holdings.job.site
    return site_of(site, read_choices(given, controls_of(site)))


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW_STATES)
def test_so_are_those_of_other_states(copied, name):
    compare_with_the_command(copied, *SLOW_STATES[name])


@pytest.mark.parametrize("name", STATES)
def test_the_numbers_are_those_of_the_command(copied, name):
    compare_with_the_command(copied, *STATES[name])


def compare_with_the_command(copied, given, settings):
    out = copied.parent / "out"
    ours = Holdings(Job.of(copied, out))
    whole = ours.whole(site_with(ours, given), told)
    shown = ours.month(site_with(ours, given), "2024-06")
    with pytest.raises(SystemExit) as end:
        main(["decide", str(copied), "-o", str(out), "-q", *(f"--set={s}" for s in settings)])
    assert not end.value.code
    with xr.open_dataset(out / "XX-Dem_fluxes.nc") as theirs:
        for flux in ("NEE", "LE", "H", "TAU", "USTAR", "FC_SCF", "CO2_TLAG_USED", "NEE_QC", "NEE_RANDUNC_HF"):
            np.testing.assert_allclose(whole[flux].values, theirs[flux].values, rtol=1e-6, err_msg=flux)
        june = theirs["local_time"].values < np.datetime64("2024-07-01")
        assert shown.exact
        np.testing.assert_allclose(shown.fluxes["NEE"], theirs["NEE"].values[june], rtol=1e-6)


def test_a_month_of_a_long_archive_knows_its_neighbours(archive, monkeypatch):
    """Where nothing is learnt of the season, a month decided alone has the bits of the whole."""
    monkeypatch.setattr(deciding, "SHORT", 0)
    holdings = Holdings(Job.of(archive, archive.parent / "out"))
    planes = {"rotation": "van-dijk-2004", "planar_fit.min_periods": 3}
    for given in ({"sorption": "none"}, planes):
        given = {"high_frequency": "moncrieff-1997"} | given
        site = site_with(holdings, given)
        whole = holdings.whole(site, told)
        for month in holdings.months:
            part = holdings.month(site, month)
            assert not part.exact
            here = deciding.in_month(whole, month, site)
            assert here.sizes["time"] == part.fluxes.sizes["time"] > 0
            for flux in ("NEE", "LE", "H", "ROT_PITCH"):
                np.testing.assert_array_equal(part.fluxes[flux], here[flux])


def test_months_are_those_of_the_local_clock(archive):
    holdings = Holdings(Job.of(archive, archive.parent / "out"))
    assert holdings.months == ["2024-06", "2024-07"]


@pytest.mark.slow
def test_what_comes_later_does_not_touch_the_reduction(archive):
    """Each of LATER is changed; what was reduced before must keep every bit."""
    holdings = Holdings(Job.of(archive, archive.parent / "out"))
    base = holdings.job.site
    changes: dict[str, object] = {}
    for key in LATER:
        options = choices(Decide.model_fields[key].annotation)
        if isinstance(getattr(base.decide, key), str):
            changes[key] = next(o for o in options if o != getattr(base.decide, key))
    changes |= {"storage": "none", "vapour_neighbour_hours": 0.0, "budget.spectral": 0.1}
    changes |= {"policy.spikes": "remove", "cutoff.min_spectra": 3}
    changes |= {"leaves.intercellular_ratio": 0.5, "heated_surfaces.daylight": 20.0}
    assert {key.split(".")[0] for key in changes} == set(LATER)

    def reduced(site):
        fresh = Holdings(holdings.job)
        group = fresh._groups(site)[0]
        plan = make_plan(group.site)
        wanted = wanted_of(group, fresh.names)
        return dict(leaves(fresh._reduction(0, wanted, plan, fresh._season(0, group, wanted, told), told)))

    before = reduced(base)
    for key, value in changes.items():
        decided = base.with_decisions({} if key == "self_heating" else {key: value})
        if key == "self_heating":  # for another analyser than this one
            decided = base.model_copy(update={"decide": base.decide.model_copy(update={key: value})})
        after = reduced(decided)
        assert before.keys() == after.keys(), key
        for place, x in before.items():
            np.testing.assert_array_equal(x, after[place], err_msg=f"{key} {place}")


def test_wider_lags_than_were_kept_are_refused_in_words(archive):
    holdings = Holdings(Job.of(archive, archive.parent / "out"))
    site = site_with(holdings, {"columns.co2.lag": "{nominal = 5.0, min = 0.0, max = 60.0}"})
    with pytest.raises(MomentsError, match=r"columns.co2.lag"):
        holdings.month(site, "2024-06")


def test_nothing_is_written(archive):
    out = archive.parent / "out"
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    holdings = Holdings(Job.of(archive, out))
    holdings.whole(site_with(holdings, {"rotation": "triple"}), told)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_low_turbulence_is_what_ecosystem_takes_out():
    rng = np.random.default_rng(2)
    n = 480
    time = np.datetime64("2024-06-01", "ns") + np.arange(n) * np.timedelta64(30, "m")
    light = np.maximum(0.0, 600 * np.sin((np.arange(n) % 48 - 12) / 24 * np.pi))
    ustar = np.where(rng.random(n) < 0.1, np.nan, rng.gamma(2.0, 0.1, n))
    ds = xr.Dataset(
        {"NEE": ("time", rng.normal(size=n)), "USTAR": ("time", ustar), "SW_IN": ("time", light)},
        {"time": time}, {"utc_offset_h": 0.0},
    )  # fmt: skip
    cut = filter_ustar(ds, 0.15)
    np.testing.assert_array_equal(kept_of(ds, "NEE", 0.15), np.isfinite(cut["NEE"].values))
    assert kept_of(ds, "NEE").all()


def test_gaps_take_the_mean_of_their_time_of_day():
    course = np.array([1.0, 2.0, 6.0, 3.0])
    values = np.tile(course, 5)
    slot = np.tile(np.arange(4), 5)
    assert filled_sum(values, slot, 4) == pytest.approx(60.0)
    values[[0, 6, 11]] = np.nan
    assert filled_sum(values, slot, 4) == pytest.approx(60.0)
    values[slot == 1] = np.nan  # never measured: on the line from 1 to 6
    assert filled_sum(values, slot, 4) == pytest.approx(5 * (1 + 3.5 + 6 + 3))
    values[slot != 2] = np.nan
    assert np.isnan(filled_sum(values, slot, 4))


def test_damaged_moments_are_said(copied):
    path = next((copied.parent / "out" / "moments").glob("*/*.nc"))
    shutil.copy(copied, path)
    with pytest.raises(MomentsError, match="damaged or altered"):
        Holdings(Job.of(copied, copied.parent / "out"))
