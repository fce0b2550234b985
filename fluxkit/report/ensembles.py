"""Average cospectra, ogives and spectra by stability beside the model, and what instruments leave of them."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.physics.cospectra import cospectrum_moncrieff_1997
from fluxkit.report import style
from fluxkit.report.svg.drawing import Drawing, Legend
from fluxkit.report.svg.labels import Key, PanelNote
from fluxkit.report.svg.marks import Line, Markers
from fluxkit.report.web.parts import Section, Table
from fluxkit.report.web.still import still
from fluxkit.site.models import Site
from fluxkit.tower import settings
from fluxkit.tower.plan import Plan
from fluxkit.tower.spectral.cutoff import gain_of_power
from fluxkit.tower.spectral.spectral_correction import gas_low_pass, sonic_low_pass

Array = npt.NDArray[np.float64]

#: Classes of stability: colour, marker, and the stability that its model is drawn for. [1]
_LOOKS = (
    (style.RED, "^", -1.0),
    (style.ORANGE, "v", -0.25),
    (style.PINK, "D", -0.05),
    (style.GREEN, "o", 0.05),
    (style.SKY, "s", 0.25),
    (style.BLUE, "P", 1.0),
)
#: Spectra that a class needs to be shown, and by how much parts of a cospectrum may be smaller than its peak.
FEWEST, DEPTH = 2, 1e-3
#: Air of which the transfer function of a tube is drawn. [K]
_AIR = 293.15


def ensemble_sections(ensembles: xr.Dataset, site: Site, stretch: int = 0) -> Iterator[Section]:
    """Yield the section on average spectra, if there are enough.

    Parameters
    ----------
    ensembles : Dataset
        As of `fluxkit.tower.ensemble_spectra`.
    site : Site
    stretch : int
        Number of the stretch of time that they are of, where there are several.
    """
    names = [str(name).removeprefix("COSP_W_") for name in ensembles if str(name).startswith("COSP_W_")]
    scalars = [name for name in names if not name.endswith("_COUNT") and _classes(ensembles, name)]
    if not scalars:
        return
    parts = []
    for scalar in scalars:
        counts = ", ".join(
            f"{int(count)} with (z − d)/L {name}" for name, count in _counts(ensembles, scalar) if count
        )
        alt = f"Average cospectra of w and {_label(scalar)}, and their ogives, by stability: {counts}."
        drawn, table = cospectra_figure(ensembles, scalar), _table(ensembles, scalar)
        parts.append(still(drawn, f"ensemble-{scalar}-{stretch}", alt, table))
    of = [name for name in ("W", *scalars) if name != "U" and _classes(ensembles, name, "SPEC")]
    if of:
        drawn = spectra_figure(ensembles, of)
        alt = f"Average spectra of {', '.join(map(_label, of))}, by stability."
        parts.append(still(drawn, f"ensemble-spectra-{stretch}", alt, _spectra_table(ensembles, of)))
    gases = [gas for gas in site.gases if f"SPEC_{gas.upper()}" in ensembles]
    plan = settings.make_plan(site)
    for gas in gases:
        drawn, words = transfer_figure(ensembles, gas, plan)
        parts.append(still(drawn, f"transfer-{gas}-{stretch}", words))
    caption = (
        "Averages over steady periods with large fluxes ([decide.cutoff]), by stability. Left: f "
        "Co(f) over the covariance against the reduced frequency f (z − d)/U, dashed the model of "
        "Kaimal et al. (1972) as Moncrieff et al. (1997) write it; right: ogives, the share of the "
        "covariance at a frequency and above. Then f S(f) over the variance, dashed the slope −2/3 of"
        " the inertial subrange. Last, for each gas: its average spectrum over that of temperature, "
        "level with it at low frequencies; the curve is what path, tube, response and separation "
        "leave of a cospectrum at the average wind, dashed what the cut-off frequency fitted to the "
        "site's own spectra leaves of a spectrum."
    )
    title = f"Ensemble spectra, stretch {stretch}" if stretch else "Ensemble spectra"
    yield Section(title, parts, caption)


def cospectra_figure(ensembles: xr.Dataset, scalar: str) -> Drawing:
    """Draw average cospectra with w, their model and ogives of one scalar, by stability."""
    room = style.Room(top=0.72)
    figure, (left, right) = style.figure([2.7], room, columns=2)
    keys = []
    for panel in (left, right):
        panel.x.log = panel.x.grid = True
    left.y.log = True
    top = 0.0
    for k, n in _classes(ensembles, scalar):
        colour, marker, zeta = _LOOKS[k]
        reduced = ensembles["REDUCED_FREQUENCY"].values[k]
        cospectrum = ensembles[f"COSP_W_{scalar}"].values[k]
        positive = np.where(cospectrum > 0, cospectrum, np.nan)
        model = _model(reduced, zeta, scalar)
        top = max(top, float(np.nanmax(positive, initial=0.0)), float(np.nanmax(model, initial=0.0)))
        left.add(
            Line(reduced, model, colour, 1.1, dash="4 2"), Markers(reduced, positive, colour, marker, 4.0)
        )
        right.add(Line(reduced, ensembles[f"OGIVE_W_{scalar}"].values[k], colour, 1.3))
        name = str(ensembles["stability"].values[k]).replace("-", "−")
        keys.append(Key(f"{name} ({n})", colour, marker, 4.0, line=1.2))
    if top > 0:
        left.y.limits = (top * DEPTH, top * 2)
    right.y.limits = (-0.05, 1.2)
    style.name_axes(left, below="f (z − d) / U (1)", left="f Co(f) / covariance (1)")
    style.name_axes(right, below="f (z − d) / U (1)", left="ogive (1)")
    left.notes.append(PanelNote(f"w and {_label(scalar)}", 0.0, 1.05, anchor="start", bold=True))
    left.notes.append(PanelNote("dashed: model", 1.0, 1.05, anchor="end", size=8.5))
    half = (len(keys) + 1) // 2
    style.legend(figure, keys[:half], room.left)
    style.legend(figure, keys[half:], room.left, 0.24)
    return figure


def spectra_figure(ensembles: xr.Dataset, names: Sequence[str]) -> Drawing:
    """Draw average spectra by stability, a panel for each signal."""
    rows = -(-len(names) // 2)
    room = style.Room(top=0.62, gap=0.72)
    figure, panels = style.figure([2.1] * rows, room, columns=2)
    figure.panels = panels[: len(names)]
    keys: dict[int, Key] = {}
    for panel, name in zip(figure.panels, names, strict=True):
        panel.x.log = panel.x.grid = panel.y.log = True
        top = 0.0
        for k, n in _classes(ensembles, name, "SPEC"):
            colour = _LOOKS[k][0]
            x, y = ensembles["REDUCED_FREQUENCY"].values[k], ensembles[f"SPEC_{name}"].values[k]
            panel.add(Line(x, np.where(y > 0, y, np.nan), colour, 1.3))
            top = max(top, float(np.nanmax(y, initial=0.0)))
            words = str(ensembles["stability"].values[k]).replace("-", "−")
            keys.setdefault(k, Key(f"{words} ({n})", colour, line=1.3))
        if top > 0:
            panel.y.limits = (top * DEPTH, top * 2)
            panel.add(
                Line(np.array([1.0, 10.0]), top * np.array([1.0, 10.0 ** (-2 / 3)]), style.INK, 1.0, "4 2")
            )
        panel.notes.append(PanelNote(_label(name), 0.0, 1.06, anchor="start", bold=True))
        style.name_axes(panel, below="f (z − d) / U (1)", left="f S(f) / variance (1)")
    told = [keys[k] for k in sorted(keys)]
    half = (len(told) + 1) // 2
    style.legend(figure, told[:half], room.left)
    style.legend(figure, told[half:], room.left, 0.24)
    return figure


def _spectra_table(ensembles: xr.Dataset, names: Sequence[str]) -> Table:
    """Return average spectra, a row for each class and frequency."""
    rows = []
    for k, stability in enumerate(ensembles["stability"].values):
        columns = [ensembles[f"SPEC_{name}"].values[k] for name in names]
        for j, values in enumerate(zip(ensembles["REDUCED_FREQUENCY"].values[k], *columns, strict=True)):
            if np.isfinite(values).all():
                first = str(stability).replace("-", "−") if j == 0 else ""
                rows.append([first, *(f"{v:.3g}".replace("-", "−") for v in values)])
    return Table(["(z − d)/L", "f (z − d)/U (1)", *map(_label, names)], rows, range(1, 2 + len(names)))


def _model(reduced: Array, zeta: float, scalar: str) -> Array:
    return cospectrum_moncrieff_1997(reduced, np.asarray(zeta), momentum=scalar == "U")


def _table(ensembles: xr.Dataset, scalar: str) -> Table:
    """Return what the figure of one scalar shows, a row for each class and frequency."""
    rows = []
    for k, n in _classes(ensembles, scalar):
        name = f"{ensembles['stability'].values[k]} ({n})".replace("-", "−")
        reduced = ensembles["REDUCED_FREQUENCY"].values[k]
        columns = (
            reduced,
            ensembles[f"COSP_W_{scalar}"].values[k],
            _model(reduced, _LOOKS[k][2], scalar),
            ensembles[f"OGIVE_W_{scalar}"].values[k],
        )
        for j, values in enumerate(zip(*columns, strict=True)):
            if np.isfinite(values[1]):
                rows.append([name if j == 0 else "", *(f"{v:.3g}".replace("-", "−") for v in values)])
    head = ["(z − d)/L (spectra)", "f (z − d)/U (1)", "f Co(f)/covariance (1)", "model (1)", "ogive (1)"]
    return Table(head, rows, range(1, 5))


def transfer_figure(ensembles: xr.Dataset, gas: str, plan: Plan) -> tuple[Drawing, str]:
    """Draw the gas's spectrum over that of temperature, with transfer functions, and say it in words."""
    name = gas.upper()
    figure, (panel,) = style.figure([2.5], style.Room(left=1.2, right=2.6, top=0.2))
    panel.x.log = panel.x.grid = True
    frequency = ensembles["frequency"].values
    ratio = _ratio(ensembles, name)
    panel.add(Markers(frequency, ratio, style.GREEN, "o", 4.0))
    keys = [Key(f"{_label(name)} over T", style.GREEN, "o", 4.0)]
    said = []
    wind = _wind(ensembles, plan)
    if np.isfinite(wind):
        left = np.asarray(
            sonic_low_pass(frequency, np.asarray(wind), plan.sonic_path)
            * gas_low_pass(frequency, np.asarray(wind), np.asarray(_AIR), plan.gas[gas].path)
        )
        panel.add(Line(frequency, left, style.BLUE, 1.5))
        keys.append(Key(f"theory, cospectrum, {wind:.1f} m s⁻¹", style.BLUE, line=1.5))
        said.append(f"theory leaves {left[-1]:.2f} at {frequency[-1]:.2g} Hz")
    cutoff = _cutoff(ensembles, name)
    if np.isfinite(cutoff):
        panel.add(Line(frequency, gain_of_power(frequency, cutoff), style.RED, 1.3, dash="4 2"))
        keys.append(Key(f"cut-off {cutoff:.2g} Hz, spectrum", style.RED, line=1.3, dash="4 2"))
        said.append(f"the cut-off fitted is {cutoff:.2g} Hz")
    panel.y.limits = (0.0, 1.6)
    style.name_axes(panel, below="frequency (Hz)", left="share left (1)")
    panel.legends.append(Legend(keys, left=1.03, top=0.04))
    words = f"Transfer function of {_label(name)}: {'; '.join(said) or 'only the ratio of spectra is known'}."
    return figure, words


def _classes(ensembles: xr.Dataset, scalar: str, kind: str = "COSP_W") -> list[tuple[int, int]]:
    """Return (class, spectra) of those with enough."""
    return [(k, int(n)) for k, (_, n) in enumerate(_counts(ensembles, scalar, kind)) if n >= FEWEST]


def _counts(ensembles: xr.Dataset, scalar: str, kind: str = "COSP_W") -> list[tuple[str, float]]:
    counts = ensembles.get(f"{kind}_{scalar}_COUNT")
    if counts is None:
        return []
    names = [str(name).replace("-", "−") for name in ensembles["stability"].values]
    return list(zip(names, counts.values.tolist(), strict=True))


def _ratio(ensembles: xr.Dataset, name: str) -> Array:
    """Return the spectrum of a gas over that of temperature, 1 where most of the flux is; all classes."""
    weight = ensembles[f"SPEC_{name}_COUNT"].values[:, None]
    both = [np.where(weight > 0, ensembles[f"SPEC_{x}"].values, np.nan) for x in (name, "T_SONIC")]
    known = np.isfinite(both[0]) & np.isfinite(both[1])
    gas, heat = (np.where(known, x * weight, 0.0).sum(axis=0) for x in both)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(heat > 0, gas / heat, np.nan)
    frequency = ensembles["frequency"].values
    low = (frequency > 0.004) & (frequency < 0.1) & np.isfinite(ratio)
    level = float(np.median(ratio[low])) if low.any() else 1.0
    return np.asarray(ratio / level)


def _wind(ensembles: xr.Dataset, plan: Plan) -> float:
    """Return the wind that frequencies were reduced with, NaN where it is not known. [m s-1]"""
    if "REDUCED_FREQUENCY" not in ensembles:
        return np.nan
    reduced, counts = ensembles["REDUCED_FREQUENCY"].values, ensembles["REDUCED_FREQUENCY_COUNT"].values
    with np.errstate(invalid="ignore", divide="ignore"):
        wind = plan.height / (reduced / ensembles["frequency"].values)
    each = np.array([np.nanmedian(row) if np.isfinite(row).any() else np.nan for row in wind])
    known = np.isfinite(each) & (counts > 0)
    return float(np.average(each[known], weights=counts[known])) if known.any() else np.nan


def _cutoff(ensembles: xr.Dataset, name: str) -> float:
    """Return the average cut-off frequency fitted to classes of humidity or months, NaN if none was. [Hz]"""
    for kind in ("MONTH", "HUMIDITY"):
        if f"{name}_CUTOFF_BY_{kind}" in ensembles:
            values = ensembles[f"{name}_CUTOFF_BY_{kind}"].values
            counts = ensembles[f"{name}_BY_{kind}_COUNT"].values
            known = np.isfinite(values) & (counts > 0)
            if known.any():
                return float(np.exp(np.average(np.log(values[known]), weights=counts[known])))
    return np.nan


def _label(name: str) -> str:
    return {"T_SONIC": "T", "CO2": "CO₂", "H2O": "H₂O", "CH4": "CH₄", "N2O": "N₂O", "U": "u", "W": "w"}.get(
        name, name
    )
