"""What a half hour opens with: its spectra and lag functions, and what was decided for all."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.report.account import in_words
from fluxkit.report.columns import Records
from fluxkit.report.evidence import Evidence
from fluxkit.report.web.curves import Curves
from fluxkit.site.models import Site

Array = npt.NDArray[np.float64]

#: Spectra of the wind that are left out where there is hardly room: the cospectra say as much of them.
_LEFT_OUT = ("U", "V")
_LABELS = {"T_SONIC": "T", "CO2": "CO₂", "H2O": "H₂O", "CH4": "CH₄", "N2O": "N₂O", "U": "u", "W": "w"}


def opened(evidence: Evidence, records: Records) -> list[Curves]:
    """Return cospectra, spectra and lag functions of the half hours that have them."""
    spectra = evidence.spectra
    if spectra is None:
        return []
    here, place = _places(spectra["time"].values, records)
    if not here.any():
        return []
    frequency = spectra["frequency"].values
    known = np.isfinite(frequency) & (frequency > 0.0)
    found = []
    for prefix, title, label, log in (
        ("COSP_W_", "Cospectra with w", "f Co(f) / covariance (1)", "x"),
        ("SPEC_", "Spectra", "f S(f) / variance (1)", "xy"),
    ):
        names = [str(name).removeprefix(prefix) for name in spectra if str(name).startswith(prefix)]
        values = {
            _LABELS.get(name, name): spectra[f"{prefix}{name}"].values[here][:, known].astype(np.float64)
            for name in names
            if log == "x" or name not in _LEFT_OUT
        }
        if values:
            found.append(Curves(title, frequency[known], "frequency (Hz)", label, place, values, log))
    return [*found, *_lags(evidence, here, place, records.fluxes)]


def _places(
    time: npt.NDArray[np.datetime64], records: Records
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Return which times the page shows, and where on its clock."""
    shown = records.fluxes["time"].values.astype("datetime64[s]")
    order = np.argsort(shown, kind="stable")
    at = np.minimum(np.searchsorted(shown[order], time.astype("datetime64[s]")), shown.size - 1)
    here = shown[order][at] == time.astype("datetime64[s]")
    return here, records.place[order][at[here]]


def _lags(
    evidence: Evidence, here: npt.NDArray[np.bool_], place: npt.NDArray[np.int64], fluxes: xr.Dataset
) -> Iterator[Curves]:
    """Yield lag functions, gases with the same lags together."""
    left = dict(evidence.lags)
    while left:
        seconds = next(iter(left.values())).seconds
        alike = [gas for gas, one in left.items() if np.array_equal(one.seconds, seconds)]
        values, marks = {}, {}
        for gas in alike:
            name = _LABELS.get(gas.upper(), gas.upper())
            values[name] = left.pop(gas).correlation[here].astype(np.float64)
            if f"{gas.upper()}_TLAG_USED" in fluxes:
                marks[name] = f"{gas.upper()}_TLAG_USED"
        yield Curves(
            f"Lag function of {', '.join(values)}", seconds, "delay behind the wind (s); upright: used",
            "correlation with w (1)", place, values, marks=marks,
        )  # fmt: skip


def decided(site: Site) -> list[str]:
    """Return what was decided for every half hour, in sentences."""
    sentences = []
    for section in ("condition", "condense", "decide"):
        for key, value in getattr(site, section).model_dump().items():
            if isinstance(value, str | bool | int | float):
                sentences.append(f"{section}.{key}: {in_words(value)}")
    return sentences
