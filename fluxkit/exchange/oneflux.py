"""Files that ONEFlux begins with: one for each year, what the site is, then FLUXNET's columns."""

from pathlib import Path

import numpy as np
import xarray as xr

from fluxkit.errors import one_line
from fluxkit.exchange.columns import (
    Array,
    ExchangeError,
    Times,
    column,
    every_record,
    local_starts,
    rows,
    spread,
    stamps,
)
from fluxkit.export.atomic import write_text
from fluxkit.locations import location
from fluxkit.schema.provenance import versions

#: Columns of its first step (qc_auto), in its order; others are not read there.
COLUMNS = (
    *("CO2", "H2O", "ZL", "FC", "FC_SSITC_TEST", "H", "H_SSITC_TEST", "LE", "LE_SSITC_TEST", "USTAR", "SB"),
    *("SC", "SLE", "SH", "P", "SW_OUT", "SW_IN", "NETRAD", "SW_DIF", "PPFD_IN", "APAR", "TA", "PA"),
    *("T_CANOPY", "T_BOLE", "TS", "SWC", "G", "RH", "WD", "WS", "TAU", "LW_IN", "NEE", "VPD", "FETCH_FILTER"),
)
#: Where its pipeline looks for them, in a site's folder.
FOLDER = ("01_qc_visual", "qcv_files")
RESOLUTIONS = {1800: "halfhourly", 3600: "hourly"}
#: What its products rest on.
WANTED = ("USTAR", "TA", "SW_IN", "VPD")


def write_oneflux(
    ds: xr.Dataset, folder: Path | str, *, height: float | None = None
) -> tuple[list[Path], list[str]]:
    """Write ``<SITE>/01_qc_visual/qcv_files/<SITE>_qcv_<year>.csv``, which ``runoneflux.py`` starts from.

    Parameters
    ----------
    ds : xr.Dataset
        Half hours or hours over ``time`` (START, UTC), as `fluxkit.ecosystem.read` gives them; ``site``,
        ``latitude``, ``longitude`` and ``utc_offset_h`` in the attributes.
    folder : Path or str
        ONEFlux' folder of data.
    height : float, optional
        Of the sonic above ground; by default ``measurement_height`` of the dataset. [m]

    Returns
    -------
    paths : list of Path
        A file for each year.
    said : list of str
        What is missing or was assumed, a sentence each.

    Raises
    ------
    ExchangeError
        Place or height are not known, the site's code is not of six signs, or there is neither NEE nor FC.

    References
    ----------
    Pastorello et al. (2020), Sci. Data 7, 225; ONEFlux ``qc_auto/src/dataset.c`` and ``common/common.c``
    (``parse_dd``), 2026-01: nine lines that describe the site, then a table of the whole year.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np, xarray as xr
    >>> import fluxkit as fk
    >>> time = np.datetime64("2020-06-01", "ns") + np.arange(48) * np.timedelta64(30, "m")
    >>> about = {"site": "DE-Abc", "latitude": 51.0, "longitude": 13.6, "utc_offset_h": 1.0}
    >>> ds = xr.Dataset({"NEE": ("time", np.full(48, 2.5))}, {"time": time}, about)
    >>> paths, said = fk.exchange.write_oneflux(ds, tempfile.mkdtemp(), height=42.0)
    >>> paths[0].name, paths[0].read_text().splitlines()[5]
    ('DE-Abc_qcv_2020.csv', 'htower,202001010030,42')
    """
    local, step = local_starts(ds)
    starts, place = every_record(local, step, "Y")
    found: dict[str, Array] = {}
    for name in COLUMNS:
        values = column(ds, name)
        if values is not None:
            found[name] = spread(values, place, starts.size)
    if not {"NEE", "FC"} & set(found):
        raise ExchangeError("neither NEE nor FC is there: ONEFlux has nothing to begin with")
    site = _code(ds)
    told = _told(ds, site, height)
    base = location(folder).joinpath(site, *FOLDER)
    years = starts.astype("datetime64[Y]")
    paths = []
    for year in np.unique(years):
        rows_of = years == year
        part = {name: x[rows_of] for name, x in found.items()}
        paths.append(base / f"{site}_qcv_{year}.csv")
        write_text(paths[-1], _text(starts[rows_of], step, part, told, storage="SC" in found))
    absent = [name for name in WANTED if name not in found]
    said = [f"{', '.join(absent)}: not there; ONEFlux cannot do without"] if absent else []
    if "SC" not in found:
        said.append("no storage SC is there: sc_negl is 1, which tells ONEFlux to take FC for NEE")
    return paths, said


def _text(starts: Times, step: int, found: dict[str, Array], told: dict[str, str], *, storage: bool) -> str:
    ends = starts + np.timedelta64(step, "s")
    begins_at, ends_at = stamps(starts), stamps(ends)
    head = [
        f"site,{told['site']}",
        f"year,{begins_at[0][:4]}",
        f"lat,{told['lat']}",
        f"lon,{told['lon']}",
        f"timezone,{ends_at[0]},{told['timezone']}",
        f"htower,{ends_at[0]},{told['htower']}",
        f"timeres,{RESOLUTIONS[step]}",
        f"sc_negl,{0 if storage else 1}",
        f"notes,{told['notes']}",
        ",".join(["TIMESTAMP_START", "TIMESTAMP_END", *found]),
    ]
    return "\n".join([*head, *rows([begins_at, ends_at], list(found.values()), ",")]) + "\n"


def _code(ds: xr.Dataset) -> str:
    site = str(ds.attrs.get("site", ""))
    country, _, name = site.partition("-")
    if not (len(country) == 2 and len(name) == 3 and (country + name).isalnum()):
        raise ExchangeError(
            f"{site!r} is no code of a site: ONEFlux wants six signs (CC-Xxx); say it with --site"
        )
    return site


def _told(ds: xr.Dataset, site: str, height: float | None) -> dict[str, str]:
    absent = [name for name in ("latitude", "longitude") if name not in ds.attrs]
    if height is None and "measurement_height" in ds:
        height = float(ds["measurement_height"])
    if absent or height is None:
        wanted = [*absent, *(["height"] if height is None else [])]
        raise ExchangeError(f"{' and '.join(wanted)} of the site: not known, and ONEFlux wants it; give it")
    return {
        "site": site,
        "lat": f"{float(ds.attrs['latitude']):g}",
        "lon": f"{float(ds.attrs['longitude']):g}",
        "timezone": f"{float(ds.attrs.get('utc_offset_h', 0.0)):g}",
        "htower": f"{height:g}",
        "notes": one_line(f"written by fluxkit {versions()['fluxkit']}").replace(",", ";"),
    }
