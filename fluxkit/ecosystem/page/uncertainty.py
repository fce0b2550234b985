"""How sure sums are, for the page: classes, sources, other programs' figures, bands through the year."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.page.figures import Yearly
from fluxkit.report.web.parts import Column, Figure, Table, Words

Array = npt.NDArray[np.float64]

#: Classes of uncertainty, as they stand beside each other and never mix.
CLASSES = ("random", "systematic", "ensemble")
#: Name of the program -> as `fluxkit.ecosystem.annual` has its figure.
PEERS = {"REddyProc": "reddyproc", "ONEFlux": "oneflux"}
_UNIT = "(g C m⁻²)"


def classes_of(annual: Sequence[Yearly], sums: xr.Dataset) -> list[Figure]:
    """Return the standard deviations of sums by class, and by source in a folded table."""
    rows, by_source = [], []
    sources = [str(part) for part in sums["part"].values]
    for row in annual:
        one = sums.sel(year=row.year, variable=row.variable)
        spread = [float(one[name]) for name in CLASSES]
        name = (str(row.year), row.variable)
        rows.append((*name, *map(number, (*spread, float(np.hypot.reduce(spread))))))
        by_source.append((*name, *(number(float(one["parts"].sel(part=part))) for part in sources)))
    unit = _UNIT if all(row.unit == "g C m-2" for row in annual) else "(g m⁻²)"
    head = ("year", "variable", *(f"{name} {unit}" for name in (*CLASSES, "together")))
    return [
        Table(head, rows, numbers=range(2, 6), title="Standard deviation by class"),
        Table(
            ("year", "variable", *sources),
            by_source,
            numbers=range(2, 2 + len(sources)),
            folded="By source",
        ),
    ]


def peers_of(annual: Sequence[Yearly], sums: xr.Dataset) -> list[Figure]:
    """Return the standard deviation of NEE's sum beside that of other programs, and why they differ."""
    peers = {program: name for program, name in PEERS.items() if name in sums}
    rows = []
    for row in annual:
        if row.variable == "NEE":
            one = sums.sel(year=row.year)
            ours = np.hypot.reduce([float(one[name].sel(variable="NEE")) for name in CLASSES])
            theirs = [float(one[name]) for name in peers.values()]
            rows.append((str(row.year), *(number(sd) for sd in (float(ours), *theirs))))
    if not rows or not peers:
        return []
    head = ("year", f"here {_UNIT}", *(f"{program} {_UNIT}" for program in peers))
    why = [f"{program} has {sums[name].attrs['comment']}." for program, name in peers.items()]
    why.append(
        "Here a gap is off as a whole, as artificial gaps of its length were (systematic), besides noise "
        "over the effective number of independent records (random) and members summed first (ensemble)."
    )
    title = "Standard deviation of NEE's sum, here and as other programs would give it"
    return [Table(head, rows, numbers=range(1, 2 + len(peers)), title=title), Words(why, "Why they differ")]


def decisions_of(moves: xr.Dataset | None) -> list[Figure]:
    """Return how far each decision on raw data moves the sums, as of `fluxkit.ecosystem.decisions`."""
    if moves is None or not moves.sizes["decision"]:
        return []
    names = [str(name) for name in moves["variable"].values]
    rows = [
        (
            str(year),
            str(decision),
            *(
                number(float(moves["moves"].sel(year=year, decision=decision, variable=name)))
                for name in names
            ),
        )
        for year in moves["year"].values.tolist()
        for decision in moves["decision"].values.tolist()
    ]
    head = ("year", "decision: its choices", *(f"{name} {_UNIT}" for name in names))
    title = "Range of the sums between the choices of each decision on raw data"
    return [Table(head, rows, numbers=range(2, 2 + len(names)), title=title)]


def number(value: float) -> str:
    """Return a sum or its deviation as text: small ones, as of methane, with a further digit."""
    return (f"{value:.2f}" if abs(value) < 10.0 else f"{value:.1f}") if np.isfinite(value) else "–"


def band(
    name: str, total: Array, ds: xr.Dataset, at: HalfHours, sums: xr.Dataset
) -> tuple[Array, Array] | None:
    """Return the limits of a sum through the year, which end in the interval of the year.

    Up to a day, random errors have grown as the root of the number of measured records, systematic ones as
    the number of filled ones, those of the ensemble as its members' sums have moved apart.

    Parameters
    ----------
    name : str
        Of the flux, as sums have it.
    total : (n,) array
        Sum since the begin of the year.
    ds : xr.Dataset
    at : HalfHours
    sums : xr.Dataset
        Of `fluxkit.ecosystem.annual`.
    """
    if name not in sums["variable"].values:
        return None
    source = name if name in ("FCH4", "FN2O") else "NEE"
    filled = ds[f"{source}_F_QC"].values > 0 if f"{source}_F_QC" in ds else np.zeros(total.size, np.bool_)
    members = _members(ds, f"{name}_F" if f"{name}_F_USTAR" in ds else name)
    half = np.full(total.size, np.nan)
    for year in sums["year"].values.tolist():
        one, here = sums.sel(year=year, variable=name), np.flatnonzero(at.year == year)
        width = float(one["upper"] - one["lower"]) / 2.0
        spread = [float(one[kind]) for kind in CLASSES]
        whole = float(np.hypot.reduce(spread))
        if not here.size or not np.isfinite(width) or not whole:
            continue
        shares = [
            np.sqrt(_share(~filled[here])),
            _share(filled[here]),
            _share(np.ones(here.size, np.bool_)) if members is None else _apart(members[:, here]),
        ]
        grown = [sd * share for sd, share in zip(spread, shares, strict=True)]
        half[here] = width / whole * np.hypot.reduce(grown)
    return (total - half, total + half) if np.isfinite(half).any() else None


def _members(ds: xr.Dataset, name: str) -> Array | None:
    """Return the members of a flux, of the kind that the sums follow."""
    if f"{name}_USTAR" not in ds:
        return None
    kinds = ds["variant"].values.tolist()
    pool = ds.attrs.get("ustar_pool")
    one = ds[f"{name}_USTAR"].isel(variant=kinds.index(pool) if pool in kinds else 0)
    return np.asarray(one.transpose("ustar_percentile", "time").values, np.float64)


def _share(there: npt.NDArray[np.bool_]) -> Array:
    """Return what share of all there has been up to each record; of none at all, of the time."""
    number = np.cumsum(there) if there.any() else np.arange(1, there.size + 1)
    return np.asarray(number / number[-1], np.float64)


def _apart(members: Array) -> Array:
    """Return how far members' sums are apart at each record, over how far they are in the end."""
    whole = members[np.isfinite(members).all(axis=1)]
    spread = (
        np.cumsum(whole - whole[:1], axis=1).std(axis=0) if len(whole) > 1 else np.zeros(members.shape[1])
    )
    return spread / spread[-1] if spread[-1] > 0.0 else _share(np.ones(members.shape[1], np.bool_))


def with_band(columns: dict[str, Column], name: str, limits: tuple[Array, Array] | None) -> None:
    """Add the limits of a column's band, where there are some."""
    if limits is None:
        return
    known = columns[name]
    for end, values in zip(("LOWER", "UPPER"), limits, strict=True):
        columns[f"{name}_{end}"] = Column(values, f"{known.label}, {end.lower()}", known.unit)


def band_of(columns: Mapping[str, Column], name: str) -> tuple[str, str] | None:
    """Return the names of a column's limits, where there are some."""
    ends = (f"{name}_LOWER", f"{name}_UPPER")
    return ends if ends[0] in columns else None
