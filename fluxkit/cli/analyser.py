"""Print what an analyser's file holds."""

from typing import TYPE_CHECKING

from fluxkit.cli.table import print_table
from fluxkit.cli.telling import tell

if TYPE_CHECKING:
    from fluxkit.raw.series import Series

#: Closures that are printed.
_MOST = 6


def print_series(series: "Series") -> None:
    """Print format, gases, dryness, clock, variables and closures of one file."""
    import numpy as np

    model = ", ".join(part for part in (series.model, series.serial) if part)
    tell(f"{series.path}: {series.format}" + (f" ({model})" if model else "") + f", {series.size} samples")
    every = "" if np.isnan(series.interval) else f"every {series.interval:.3g} s, "
    first, last = (time.astype("M8[ms]") for time in (series.time[0], series.time[-1]))
    zone = "" if np.isnan(series.utc_offset_h) else " UTC"
    tell(f"{every}from {first} to {last}{zone}; clock: {series.clock}")
    tell(_gases(series))
    rows = []
    for name, values in series.data.items():
        good = values[~np.isnan(values)]
        ranges = [f"{x:.6g}" for x in (good.min(), good.mean(), good.max())] if good.size else ["", "", ""]
        precision = f"{series.precision[name]:.3g}" if name in series.precision else ""
        share = f"{100 * (1 - good.size / values.size):.1f} %"
        rows.append([name, series.sources.get(name, ""), share, *ranges, precision])
    print_table(("variable", "from", "missing", "min (SI)", "mean (SI)", "max (SI)", "precision (SI)"), rows)
    if series.closures:
        _tell_closures(series)


def _gases(series: "Series") -> str:
    dry = [gas for gas in series.gases if not gas.endswith("_wet")]
    wet = [gas.removesuffix("_wet") for gas in series.gases if gas.endswith("_wet")]
    parts = [f"{', '.join(names)} of {air} air" for names, air in ((dry, "dry"), (wet, "moist")) if names]
    return "gases: " + ("; ".join(parts) or "none: its closures are for the series of an analyser")


def _tell_closures(series: "Series") -> None:
    import numpy as np

    tell(f"{len(series.closures)} closures")
    rows = []
    for closure in series.closures[:_MOST]:
        length = (closure.end - closure.start) / np.timedelta64(1, "s")
        fluxes = ", ".join(f"{flux.gas} {flux.flux:.4g}" for flux in closure.fluxes if flux.selected)
        geometry = [
            "" if np.isnan(x) else f"{x:.6g}" for x in (closure.area, closure.volume, closure.deadband)
        ]
        start = str(closure.start.astype("M8[s]"))
        rows.append([closure.id, closure.label, start, f"{length:.0f}", *geometry, fluxes])
    head = ("", "label", "closed", "s", "area (m2)", "volume (m3)", "dead band (s)", "own flux (mol m-2 s-1)")
    print_table(head, rows)
    if len(series.closures) > _MOST:
        tell(f"  and {len(series.closures) - _MOST} more")
