"""What closed-path densities become, whatever else the station measures."""

import numpy as np
import pytest

from fluxkit.site.models import Site
from fluxkit.synthetic import mixture
from fluxkit.tower.station_condenser import Condenser
from tests.tower import mast

N, T, P, R_V, R_C = 3000, 300.0, 95e3, 0.02, 4e-4


def closed(columns: dict) -> Site:
    """A station with gas densities in a cell, and the given vapour."""
    given = mast.make_site(path="ratio").model_dump(exclude_unset=True)
    analyser = given["columns"]["co2"]["instrument"]
    wind = {k: given["columns"][k] for k in ("u", "v", "w", "t_sonic")}
    cell = {"t_cell": {"column": "t_cell", "unit": "K"}, "p_cell": {"column": "p_cell", "unit": "Pa"}}
    gas = {"column": "co2", "unit": "mol m-3", "instrument": analyser}
    vapour = {k: v | {"instrument": v.get("instrument", analyser)} for k, v in columns.items()}
    condition = {"despiking": "none", "absolute_limits": False}
    changed = {
        "columns": wind | cell | {"co2": gas} | vapour,
        "condition": condition,
        "condense": {"period": 5.0},
    }
    return Site(**(given | changed))


def conditioned(site: Site, h2o: float) -> float:
    rng = np.random.default_rng(0)
    data = {k: rng.standard_normal(N) for k in ("u", "v", "w")}
    data |= {"t_sonic": np.full(N, T), "t_cell": np.full(N, T), "p_cell": np.full(N, P)}
    data |= {"co2": np.full(N, mixture.molar_density(R_C, T, P, R_V)), "h2o": np.full(N, h2o)}
    samples, _ = Condenser(site).condition({k: x for k, x in data.items() if k in site.columns})
    return float(samples["co2"][0])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ({"unit": "mol m-3"}, mixture.molar_density(R_V, T, P, R_V)),
        ({"unit": "mol mol-1", "quantity": "mixing_ratio"}, R_V),
        ({"unit": "mol mol-1", "quantity": "mole_fraction"}, R_V / (1 + R_V)),
    ],
)
def test_vapour_in_any_form_makes_a_density_dry(column, value):
    site = closed({"h2o": column | {"column": "h2o"}})
    assert conditioned(site, float(value)) == pytest.approx(R_C, rel=1e-12)


def test_without_vapour_air_is_taken_as_dry():
    assert conditioned(closed({}), 0.0) == pytest.approx(R_C / (1 + R_V), rel=1e-12)
