"""Raw files for xarray: ``xr.open_dataset(path, engine="fluxkit")``."""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import xarray as xr
from xarray.backends import BackendEntrypoint

from fluxkit.errors import ReadError
from fluxkit.raw.described import Described
from fluxkit.raw.opening import contents, head
from fluxkit.raw.plain_text import describe_text
from fluxkit.raw.problems import ProblemLog
from fluxkit.raw.registry import identify, reader

if TYPE_CHECKING:
    from fluxkit.site.models import Site

#: Formats that tell for certain that they are none of another engine's.
_CERTAIN = ("toa5", "tob1", "tob3", "ghg")


class FluxkitBackend(BackendEntrypoint):
    """Loggers' and analysers' files, of a configured station or as they are."""

    description: ClassVar[str] = "Raw files of flux towers: TOA5, TOB1, TOB3, GHG and others"
    open_dataset_parameters: ClassVar[tuple[str, ...]] = ("filename_or_obj", "drop_variables", "site")

    def open_dataset(  # type: ignore[override]  # xarray's own engines narrow it as well
        self,
        filename_or_obj: str | os.PathLike[str],
        *,
        drop_variables: str | Iterable[str] | None = None,
        site: "Site | str | os.PathLike[str] | None" = None,
    ) -> xr.Dataset:
        """Read a raw file.

        Parameters
        ----------
        filename_or_obj : path
            The file.
        drop_variables : str or iterable of str, optional
            Columns to leave out.
        site : Site or path, optional
            Station or its configuration: then variables, units and the regular grid are those of
            `fluxkit.open_raw`. Without it columns are as they stand in the file, over the records' stamps.

        Raises
        ------
        ReadError
            Nothing of the file is usable.
        """
        path = Path(os.fspath(filename_or_obj))
        unwanted = {drop_variables} if isinstance(drop_variables, str) else set(drop_variables or ())
        found = as_it_is(path, unwanted) if site is None else _of_station(path, site)
        return found.drop_vars(unwanted, errors="ignore")

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Whether the first bytes are those of a format that no other engine reads."""
        if not isinstance(filename_or_obj, str | os.PathLike):
            return False
        try:
            start = head(os.fspath(filename_or_obj))
        except ReadError:  # absent, or an address: another engine's
            return False
        return any(reader(name).sniff(start) for name in _CERTAIN)


def as_it_is(path: Path, unwanted: Iterable[str] = ()) -> xr.Dataset:
    """Columns of a raw file without any configuration.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    unwanted : iterable of str
        Columns that are not read.

    Returns
    -------
    xarray.Dataset
        Columns of numbers with the units of the header over ``time``, the stamps as written (UTC where the
        format says so), or over ``record`` if the records have none.
    """
    name = identify(path)
    content = contents(path)
    log = ProblemLog(content.source)
    described = (reader(name).describe or describe_text)(content, log)
    names = _unique(described.names)
    left_out = set(unwanted)
    fields = [
        k for k, kind in enumerate(described.kinds) if _numeric(described, kind) and names[k] not in left_out
    ]
    taken = described.take(fields, ())
    dimension = "record" if taken.stamps is None else "time"
    variables = {
        names[k]: (dimension, values, {"units": described.units[k]} if described.units[k] else {})
        for k, values in zip(fields, taken.values, strict=True)
        if described.kinds[k] != "t" or not np.isnan(values).all()
    }
    coordinates = {}
    if taken.stamps is not None:
        zone = "UTC" if described.utc else "as written, in the logger's zone"
        # The smallest integer, which marks unreadable stamps, is NaT.
        stamps = taken.stamps.astype("M8[ns]")
        coordinates["time"] = (dimension, stamps, {"long_name": f"time stamp, {zone}"})
    return xr.Dataset(
        variables,
        coords=coordinates,
        attrs={
            "source": path.name,
            "format": name,
            "records": taken.lines.size,
            "problems": [f"{p.path}{'' if p.line is None else f':{p.line}'}: {p.reason}" for p in log.told()],
        },
    )


def _numeric(described: Described, kind: str) -> bool:
    # Texts of binary records may be numbers; those of text have been looked at.
    return kind == "n" or (kind == "t" and described.delimiter == "")


def _unique(names: Iterable[str]) -> list[str]:
    seen: Counter[str] = Counter()
    out = []
    for k, name in enumerate(names):
        plain = name or f"column_{k + 1}"
        seen[plain] += 1
        out.append(plain if seen[plain] == 1 else f"{plain}_{seen[plain]}")
    return out


def _of_station(path: Path, site: "Site | str | os.PathLike[str]") -> xr.Dataset:
    from fluxkit.raw.reading import open_raw
    from fluxkit.site.loading import load
    from fluxkit.site.models import Site

    return open_raw(path, site if isinstance(site, Site) else load(site))
