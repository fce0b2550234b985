"""Measured input of six sites, each through the whole chain with its own configuration."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from fluxkit.archive.run import run
from fluxkit.schema.variables import mask
from fluxkit.site.models import Site
from fluxkit.site.toml.loading import load

SITES = Path(__file__).parents[1] / "sites"

pytestmark = pytest.mark.reference


class Expected(NamedTuple):
    """How many periods there are and have fluxes, and medians of what the site's notes let one expect."""

    periods: int
    usable: int
    H: tuple[float, float]
    LE: tuple[float, float]
    FC: tuple[float, float]


EXPECTED = {
    "fluxpart": Expected(2, 2, (120, 200), (400, 480), (-20, -15)),
    "de-hoh": Expected(1, 1, (290, 330), (200, 240), (-23, -19)),
    "synthetic_a": Expected(48, 48, (-30, 260), (0, 400), (-20, 8)),
    "synthetic_b": Expected(12, 12, (100, 350), (150, 400), (-25, -8)),
    "ameriflux_gold": Expected(48, 48, (-60, 250), (-10, 300), (-15, 10)),
    "finse": Expected(55, 55, (-60, 200), (-10, 200), (-10, 10)),
}


def site_of(name: str, shared: Path) -> Site:
    """The configuration kept beside the tests, its files looked for in the shared folder."""
    site = load(SITES / f"{name}.toml")
    files = site.raw.files if isinstance(site.raw.files, list) else [site.raw.files]
    raw = site.raw.model_copy(update={"files": [str(shared / pattern) for pattern in files]})
    return site.model_copy(update={"raw": raw})


@pytest.mark.parametrize("name", EXPECTED)
def test_site(name: str, shared: Path, tmp_path: Path) -> None:
    expected = EXPECTED[name]
    results = run(site_of(name, shared), tmp_path / "out")
    f = results.fluxes
    assert results.bugs == 0
    assert f.attrs["doubts"] == []
    assert f.sizes["time"] == expected.periods
    assert int(np.isfinite(f["FC"]).sum()) == expected.usable, [p.reason for p in results.problems]
    for variable in ("H", "LE", "FC"):
        low, high = getattr(expected, variable)
        assert low < float(f[variable].median()) < high, variable
    # Whatever the site: the sonic's and the gases' part in rotation, error and quality is there.
    for variable in ("NEE", "FC_RANDUNC_HF", "FC_SS", "USTAR", "FC_SCF"):
        assert int(np.isfinite(f[variable]).sum()) == expected.usable, variable
    untested = (f["LOSS_FLAG"].astype(int) & mask("LOSS_FLAG", "quality_test_missing")) > 0
    assert int((np.isfinite(f["FC_SSITC_TEST"]) | untested).sum()) == expected.usable
    assert bool((untested == (f["ZL"] > 0.4)).all())
    assert float(abs(f["W_SIGMA"] / f["USTAR"] - 1.4).median()) < 0.8
    assert {"fluxes", "csv", "run", "quarantine", "report"} <= results.paths.keys()
    assert all(path.stat().st_size > 0 for path in results.paths.values())


def test_gold_file_gives_the_covariances_of_its_notes(shared: Path, tmp_path: Path) -> None:
    """At 12:00, without rotation, lag and despiking: 0.0745 K m s-1 and 5.05 mmol m-2 s-1."""
    site = site_of("ameriflux_gold", shared)
    plain = {
        "condition": site.condition.model_copy(update={"despiking": "none", "absolute_limits": False}),
        "decide": site.decide.model_copy(update={"rotation": "none", "lag": "none"}),
    }
    noon = "2003-04-14T20:00"  # 12:00 local standard time of day 104
    results = run(site.model_copy(update=plain), tmp_path / "out", start=noon, end="2003-04-14T20:30")
    found = results.fluxes.sel(time=noon)
    assert float(found["W_T_SONIC_COV"]) == pytest.approx(0.0745, abs=5e-5)
    assert float(found["W_H2O_COV"]) == pytest.approx(5.05, abs=5e-3)
    assert float(found["W_CO2_COV"]) == pytest.approx(-17.8, abs=0.05)
