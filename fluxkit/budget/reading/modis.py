"""Subsets of MOD17, MOD13 and MOD15 as CSV: long tables of MODISTools and wide ones of AppEEARS."""

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fluxkit.budget.reading.tables import Table, read_table
from fluxkit.errors import ReadError

Array = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

#: Days that a composite of each product holds; those of a year begin on the first of January.
COMPOSITE = {
    "MOD17A2": 8,
    "MYD17A2": 8,
    "MOD15A2": 8,
    "MCD15A2": 8,
    "MOD13": 16,
    "MYD13": 16,
    "MOD17A3": 365,
    "MYD17A3": 365,
}
#: Counts from which on a 16-bit value is a code: water, cloud, unvegetated. Products of carbon only.
FILL = 30_001
#: Kilograms of carbon, index of vegetation, or share of light: what a count is worth.
SCALE = {"Gpp": 1e-4, "PsnNet": 1e-4, "Npp": 1e-4, "NDVI": 1e-4, "EVI": 1e-4, "Fpar": 1e-2}


def read_modis(
    path: Path | str, band: str, product: str | None = None
) -> tuple[Days, Days, Array, list[str], tuple[float, float] | None]:
    """Read a band of a subset.

    Parameters
    ----------
    path : path
    band : str
        Or its beginning: Gpp, Npp, NDVI, Fpar.
    product : str, optional
        If the file does not name it: MOD17A2H, MOD17A3HGF, MOD13Q1, ...

    Returns
    -------
    begin, end : (n,) array of datetime64[D]
        Of the composites; the last one of a year ends with it.
    value : (n,) array
        kg C m-2 over the composite (Gpp, Npp), or the index. Several pixels are averaged.
    problems : list of str
    place : (latitude, longitude), optional
        That the file names.

    Raises
    ------
    ReadError
        No such band, dates that are none, or a product that is not known.
    """
    table = read_table(path)
    long = table.has("band") and table.has("value")
    dates, value, named, problems = _long(table, band) if long else _wide(table, band)
    found = (product or named).upper()
    length = next((days for name, days in COMPOSITE.items() if found.startswith(name)), None)
    if length is None:
        raise ReadError(
            str(path), f"the product {found or '?'} is not known: give product, one of {', '.join(COMPOSITE)}"
        )
    day, inverse = np.unique(dates, return_inverse=True)
    good = np.isfinite(value)
    count = np.bincount(inverse[good], minlength=day.size)
    sums = np.bincount(inverse[good], value[good], minlength=day.size)
    with np.errstate(invalid="ignore"):
        mean = np.where(count > 0, sums / count, np.nan)
    year_end = (day.astype("M8[Y]") + 1).astype("M8[D]")
    end = year_end if length == 365 else np.minimum(day + length, year_end)
    begin = day.astype("M8[Y]").astype("M8[D]") if length == 365 else day
    lost = int((~np.isfinite(mean)).sum())
    if lost:
        problems.append(f"{lost} of {mean.size} composites have no value (cloud, water, fill)")
    return begin, end, mean, problems, _place(table)


def _long(table: Table, band: str) -> tuple[Days, Array, str, list[str]]:
    bands = np.array(table.texts("band"))
    chosen = np.array([_is_band(name, band) for name in bands])
    if not chosen.any():
        known = ", ".join(sorted(set(bands.tolist())))
        raise ReadError(str(table.path), f"no band {band!r}; it has {known}")
    raw = table.numbers("value")[chosen]
    scale = SCALE.get(_root(band), 1.0)
    if table.has("scale"):
        texts = np.array(table.texts("scale"))[chosen]
        given = {text for text in texts.tolist() if re.fullmatch(r"\d*\.?\d+([eE][+-]?\d+)?", text)}
        scale = float(given.pop()) if len(given) == 1 else scale
    column = "calendar_date" if table.has("calendar_date") else "date"
    dates = np.array(table.texts(column))[chosen]
    product = table.texts("product")[0] if table.has("product") else ""
    return _days(table, dates), _scaled(raw, scale, band), product, []


def _wide(table: Table, band: str) -> tuple[Days, Array, str, list[str]]:
    """Columns such as MOD17A2H_006_Gpp_500m, whose values are scaled already."""
    for column in map(str, table.frame.columns):
        parts = re.fullmatch(r"(M[OYC]D\w+?)_(\d{3})_(.+)", column)
        if parts and _is_band(parts[3].lstrip("_"), band) and "QC" not in column.upper():
            value = table.numbers(column)
            counts = np.nanmax(np.abs(value)) > 1000 if np.isfinite(value).any() else False
            scale = SCALE.get(_root(band), 1.0)
            if _root(band) in ("Gpp", "Npp", "PsnNet"):
                fill = value >= (FILL if counts else FILL * scale)
                value = np.where(fill, np.nan, value)
            notes = ["values are counts: scaled"] if counts else []
            date = np.array(table.texts("Date"))
            return _days(table, date), value * scale if counts else value, parts[1], notes
    known = ", ".join(map(str, table.frame.columns))
    raise ReadError(str(table.path), f"no band {band!r} in its columns: {known}")


def _root(band: str) -> str:
    return next((name for name in SCALE if name.casefold() in band.casefold()), band)


def _is_band(name: str, band: str) -> bool:
    folded = re.sub(r"^_?\d+m_16_days_", "", name).casefold().lstrip("_")
    return folded.startswith(band.casefold()) and "qc" not in folded


def _scaled(raw: Array, scale: float, band: str) -> Array:
    if _root(band) in ("Gpp", "Npp", "PsnNet"):
        raw = np.where(np.abs(raw) >= FILL, np.nan, raw)
    elif _root(band) == "Fpar":
        raw = np.where(raw > 100, np.nan, raw)
    else:
        raw = np.where(raw <= -3000, np.nan, raw)
    return np.asarray(raw * scale)


def _days(table: Table, texts: npt.NDArray[np.str_]) -> Days:
    try:
        return np.array([np.datetime64(text[:10], "D") for text in texts])
    except ValueError as error:
        raise ReadError(str(table.path), f"a date is none of the form 2020-01-01: {error}") from error


def _place(table: Table) -> tuple[float, float] | None:
    if not (table.has("latitude") and table.has("longitude")):
        return None
    both = np.column_stack([table.numbers("latitude"), table.numbers("longitude")])
    known = both[np.isfinite(both).all(axis=1)]
    return (float(known[:, 0].mean()), float(known[:, 1].mean())) if known.size else None
