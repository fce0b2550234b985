"""Every figure looks as it did: small grey pictures of them, kept beside this file.

After a change that is meant, look at the figures, then write the pictures anew: ``FLUXKIT_PICTURES=write``.
"""

import os
from pathlib import Path

import numpy as np
import pytest

import fluxkit as fk

PICTURES = Path(__file__).resolve().parent / "pictures"
#: Width of a picture [pixel], and which share of its ink may lie elsewhere: fonts differ between versions.
WIDE, TOLERANCE = 96, 0.25

DRAWN = {
    "closure": lambda get: fk.plot.closure(get("campaign").fluxes, get("campaign").records, "001"),
    "cospectra": lambda get: fk.plot.cospectra(get("averages"), "CO2"),
    "cumulative": lambda get: fk.plot.cumulative(get("year"), "NEE_F", "NEE_TRUE"),
    "diurnal": lambda get: fk.plot.diurnal(get("fluxes"), "NEE")[0],
    "energy_balance": lambda get: fk.plot.energy_balance(get("fluxes")),
    "fetch": lambda get: fk.plot.fetch(get("fluxes")),
    "fingerprint": lambda get: fk.plot.fingerprint(get("fluxes"), "NEE"),
    "footprint": lambda get: fk.plot.footprint(
        fk.footprint_climatology(get("few"), get("site"), shares=(0.5, 0.8), extent=300.0, parcels=50_000)
    ),
    "gaps": lambda get: fk.plot.gaps(get("year"), "NEE"),
    "lags": lambda get: fk.plot.lags(get("fluxes")),
    "lags_by_humidity": lambda get: fk.plot.lags_by_humidity(get("fluxes")),
    "light_response": lambda get: fk.plot.light_response(get("year")),
    "ogives": lambda get: fk.plot.ogives(get("averages"), "CO2"),
    "planar_fit": lambda get: fk.plot.planar_fit(get("moments"), get("site")),
    "power_spectra": lambda get: fk.plot.power_spectra(get("averages"), "CO2"),
    "schemes": lambda get: fk.plot.schemes(get("fluxes"), "NEE"),
    "series": lambda get: fk.plot.series(get("fluxes"), "NEE"),
    "spectra": lambda get: fk.plot.spectra(fk.spectra(get("moments"), get("few"), get("site"))),
    "temperature_response": lambda get: fk.plot.temperature_response(get("year")),
    "ustar": lambda get: fk.plot.ustar(get("year")),
    "wind_rose": lambda get: fk.plot.wind_rose(get("fluxes")),
}


def picture_of(figure) -> np.ndarray:
    """A figure in grey, `WIDE` pixels wide, 0 black to 1 white."""
    from PIL import Image

    figure.set_dpi(60)
    figure.canvas.draw()
    image = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("L")
    image = image.resize((WIDE, round(WIDE * image.height / image.width)), Image.Resampling.BOX)
    return np.asarray(image, dtype=np.float64) / 255.0


def test_every_figure_has_a_picture():
    assert set(DRAWN) == set(fk.plot.__all__)
    assert {path.stem for path in PICTURES.glob("*.png")} == set(DRAWN)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n == "closure" else n for n in DRAWN]
)
def test_the_figure_looks_as_it_did(name, request):
    from PIL import Image

    found = picture_of(DRAWN[name](request.getfixturevalue).figure)
    path = PICTURES / f"{name}.png"
    if os.environ.get("FLUXKIT_PICTURES") == "write":
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.round(255 * found).astype(np.uint8)).save(path, optimize=True)
    with Image.open(path) as kept:
        expected = np.asarray(kept, dtype=np.float64) / 255.0
    assert found.shape == expected.shape
    ink = float(np.abs(1.0 - expected).sum())
    off = float(np.abs(found - expected).sum()) / ink
    assert off < TOLERANCE, f"{name}: {100 * off:.0f} % of its ink lies elsewhere"


def test_another_figure_is_told_apart(fluxes):
    """The tolerance is less than what a shifted course costs."""
    right = picture_of(fk.plot.series(fluxes.isel(time=slice(0, 300)), "LE").figure)
    wrong = picture_of(fk.plot.series(fluxes.isel(time=slice(0, 300)) * -1.0, "LE").figure)
    assert np.abs(wrong - right).sum() > TOLERANCE * np.abs(1.0 - right).sum()


def test_figures_are_drawn_on_axes_that_are_given(fluxes):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2)
    assert fk.plot.series(fluxes, "NEE", ax=axes[0]) is axes[0]
    assert fk.plot.energy_balance(fluxes, ax=axes[1]).figure is figure


def test_settings_of_matplotlib_are_left_alone(fluxes):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    fk.plot.series(fluxes, "NEE")
    assert dict(mpl.rcParams) == before
