import numpy as np
import pytest
import xarray as xr

from fluxkit.chamber.page.figures import ShortTime, chamber_fluxes_figure, groups, tower_figure
from tests.chamber.page import made_campaign

DAY = np.timedelta64(86400, "s")


def test_pauses_are_cut_short_and_order_is_kept():
    time = np.datetime64("2026-05-01T08:00", "s") + np.array(
        [0, 3600, 2 * 86400, 2 * 86400 + 7200, 90 * 86400]
    )
    found = ShortTime.of(time[[3, 0, 4, 1, 2]])
    np.testing.assert_array_equal(np.argsort(found.x), [1, 3, 4, 0, 2])
    assert found.begins.size == 3
    assert found.x[3] - found.x[1] == pytest.approx(1.0)
    pauses = found.at[1:] - found.ends[:-1]
    np.testing.assert_allclose(pauses, pauses[0])
    assert pauses[0] < 1


def test_one_panel_for_each_gas():
    fluxes, _ = made_campaign.campaign()
    figure = chamber_fluxes_figure(fluxes)
    assert [panel.y.name[:3] for panel in figure.panels] == ["CO₂", "CH₄"]


def test_many_treatments_share_the_last_colour():
    fluxes, _ = made_campaign.campaign(20)
    fluxes["treatment"] = ("closure", [f"t{k % 9}" for k in range(20)])
    values, names = groups(fluxes)
    assert len(names) == 6
    assert "other" in names
    assert set(values.tolist()) == set(names)


def test_a_wild_flux_does_not_flatten_the_others():
    fluxes, _ = made_campaign.campaign(80)
    fluxes["flux"][3, 0] = 1e6
    assert chamber_fluxes_figure(fluxes).panels[0].place().y.high < 1e4


def test_chambers_against_the_tower():
    pairs = xr.Dataset({name: ("time", np.arange(4.0)) for name in ("chamber", "tower")})
    pairs["chamber_se"] = pairs["tower_se"] = ("time", np.full(4, 0.2))
    panel = tower_figure(pairs, 1.1, 0.2).panels[0]
    assert "0.2 + 1.1 x" in [key.label for key in panel.legends[0].keys]
    empty = tower_figure(pairs.isel(time=slice(0, 0)), np.nan, np.nan)
    assert "no night with both" in empty.svg()
