"""What the chain takes from a station's configuration."""

import numpy as np
import pytest

from fluxkit.constants import SI
from fluxkit.tower import settings
from fluxkit.tower.conventions import EDDYPRO_6
from fluxkit.tower.lags.lag import SearchWindow
from fluxkit.tower.period_moments import Lags
from tests.tower import mast

NO_LAG = {"co2": mast.column("mol m-3", instrument="g", quantity="density")}


def test_plan_in_si_and_samples():
    plan = settings.make_plan(mast.make_site())
    assert (plan.rate, plan.seconds, plan.slots, plan.max_lag) == (10.0, 1800.0, 18000, 100)
    assert plan.scalars == ("t_sonic", "co2", "h2o")
    assert plan.variables == ("u", "v", "w", "t_sonic", "co2", "h2o", "p_air", "t_air")
    assert plan.height == pytest.approx(3.0)
    assert plan.spike_window == 3000
    assert plan.windows["co2"] == SearchWindow(0, -10, 15)
    assert plan.lags == {"t_sonic": Lags(0, 0), "co2": Lags(-10, 15), "h2o": Lags(-10, 15)}
    assert plan.constants is SI


def test_kept_lags_reach_to_zero():
    late = {"co2": NO_LAG["co2"] | {"lag": {"nominal": 2.0, "min": 1.0, "max": 4.0}}}
    assert settings.make_plan(mast.make_site(columns=late)).lags["co2"] == Lags(0, 40)


def test_lag_windows_from_geometry():
    assert settings.make_plan(mast.make_site(columns=NO_LAG)).windows["co2"] == SearchWindow(0, -13, 13)
    theirs = settings.make_plan(mast.make_site(columns=NO_LAG, preset="eddypro-6"))
    assert theirs.windows["co2"] == SearchWindow(0, -6, 6)
    assert theirs.lags["co2"] == Lags(-13, 13), "moments serve either arithmetic"
    closed = {"co2": mast.column("mol mol-1", instrument="g", quantity="mixing_ratio")}
    window = settings.make_plan(mast.make_site(path="ratio", columns=closed)).windows["co2"]
    # Tube 22.06 ml and cell 16.09 ml at 15 l/min: 0.153 s.
    assert window == SearchWindow(2, 0, 8)


def test_reference_preset():
    plan = settings.make_plan(mast.make_site(preset="eddypro-6", condense={"period": 15.0}))
    assert plan.conventions is EDDYPRO_6
    assert plan.constants is EDDYPRO_6.constants
    assert plan.spike_window == 2 * 600  # whole minutes
    assert plan.condition.precision == "float32"


@pytest.mark.parametrize(
    ("path", "kept"), [("open", "density"), ("ratio", "mixing_ratio"), ("fraction", "mixing_ratio")]
)
def test_what_the_conditioned_samples_are(path, kept):
    site = mast.make_site(path=path)
    assert site.gas_quantity("co2") == kept
    assert site.converts("co2") == (path == "fraction")
    as_given = mast.make_site(path=path, condition={"mixing_ratio": "none"})
    assert as_given.gas_quantity("co2") == site.given_quantity("co2")


def test_limits_in_si():
    site = mast.make_site()
    np.testing.assert_allclose(settings.sonic_limits(site)["t_sonic"], (233.15, 323.15))
    np.testing.assert_allclose(settings.gas_limits(site, "co2"), (200e-6, 900e-6))
    np.testing.assert_allclose(settings.gas_limits(site, "h2o"), (0.0, 0.04))
    assert settings.gas_limits(mast.make_site(condition={"limits": {}}), "co2") is None


def test_sonic_orientation():
    site = mast.make_site()
    assert settings.make_plan(site).wind_direction_offset == 60.0 - 180.0
    gill = mast.SONIC | {"model": "windmaster", "wind_reference": "axis"}
    site = mast.make_site(instruments=[gill, mast.OPEN])
    assert settings.make_plan(site).wind_direction_offset == 60.0


def test_gas_path():
    path = settings.gas_path(mast.make_site(path="ratio"), "co2")
    assert path.tube_flow == pytest.approx(15.0 / 60000.0)
    assert path.horizontal_separation == pytest.approx(0.15)
    assert settings.gas_path(mast.make_site(), "co2").tube_flow is None
