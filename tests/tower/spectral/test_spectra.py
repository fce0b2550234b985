"""Normalised spectra of whole periods in the rotated frame."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.physics.cospectra import cospectrum_moncrieff_1997
from fluxkit.site.models import Site
from fluxkit.synthetic import defects
from fluxkit.tower.period_moments import frequency_bins
from tests.tower import mast


@pytest.fixture(scope="module")
def noon():
    return mast.air()


def spectra(data) -> xr.Dataset:
    site = mast.make_site(path="ratio", columns={"t_air": mast.column("K")})
    moments = fk.condense(mast.dataset(data), site)
    return fk.spectra(moments, fk.decide(moments, site), site).isel(time=0)


def test_planted_cospectrum_comes_back(noon):
    """Band by band to the scatter that a taper leaves."""
    out, w = spectra(mast.seen(noon, path="ratio")), mast.weather()
    f = out["frequency"].values
    model = cospectrum_moncrieff_1997(
        f * (mast.HEIGHT - mast.D) / w.wind_speed, np.array(w.zeta), momentum=False
    )
    for name in ("COSP_W_CO2", "COSP_W_T_SONIC"):
        band = (f > 0.01) & (f < 1.0)
        ratio = out[name].values[band] / model[band]
        assert np.median(ratio) == pytest.approx(1.0, abs=0.1)


def test_direction_of_the_mast_is_irrelevant(noon):
    a, b = (
        spectra(mast.seen(noon, path="ratio", yaw=yaw, pitch=p)) for yaw, p in ((5.0, 1.0), (250.0, -3.0))
    )
    for name in a:
        if name.startswith(("COSP", "SPEC")):
            np.testing.assert_allclose(a[name], b[name], atol=2e-4, err_msg=name)


def test_a_short_delay_is_taken_back(noon):
    data = mast.seen(noon, path="ratio")
    late = data | {"co2": defects.delay(data["co2"], mast.RATE, 0.3)}
    a, b = spectra(data)["COSP_W_CO2"], spectra(late)["COSP_W_CO2"]
    slow = a["frequency"].values < 0.3
    np.testing.assert_allclose(a.values[slow], b.values[slow], atol=0.01)


def test_empty_bins_are_missing(noon):
    out = spectra(mast.seen(noon, path="ratio"))
    empty = np.isnan(out["frequency"].values)
    assert empty.any()
    assert np.isnan(out["SPEC_W"].values[empty]).all()
    assert np.isfinite(out["SPEC_W"].values[~empty]).all()


def test_cospectra_integrate_to_one():
    a = mast.air()
    site = mast.make_site(path="ratio")
    m = fk.condense(mast.dataset(mast.seen(a, path="ratio")), site)
    out = fk.spectra(m, fk.decide(m, site), site).isel(time=0)
    width = np.diff(frequency_bins(mast.N, mast.RATE, 50)[0]) * mast.RATE / mast.N
    for name in ("SPEC_W", "COSP_W_CO2", "COSP_W_U"):
        assert np.nansum(out[name] / out["frequency"] * width) == pytest.approx(1.0, abs=1e-3)


def test_an_expected_delay_is_taken_back_at_all_frequencies():
    """1.2 s turn the phase several times within the top bins: it goes before they are made."""
    data, found = mast.seen(mast.air(), path="ratio"), []
    site = mast.make_site(path="ratio")
    for seconds in (0.0, 1.2):
        window = {"nominal": seconds, "min": seconds - 0.5, "max": seconds + 0.5}
        columns = site.model_dump(exclude_unset=True)["columns"]
        columns["co2"]["lag"] = window
        tuned = Site(**(site.model_dump(exclude_unset=True) | {"columns": columns}))
        late = data | {"co2": defects.delay(data["co2"], mast.RATE, seconds)}
        m = fk.condense(mast.dataset(late), tuned)
        found.append(fk.spectra(m, fk.decide(m, tuned), tuned)["COSP_W_CO2"].values[0])
    np.testing.assert_allclose(found[0], found[1], atol=0.01)
