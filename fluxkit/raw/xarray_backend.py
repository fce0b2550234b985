"""Raw files for xarray: ``xr.open_dataset(path, engine="fluxkit")``."""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import xarray as xr
from xarray.backends import BackendEntrypoint

from fluxkit.errors import ReadError, UnknownFormatError
from fluxkit.locations import is_address, location
from fluxkit.raw.described import SelfDescribedTable
from fluxkit.raw.opening import Contents, contents, head
from fluxkit.raw.registry import identify, marked, reader
from fluxkit.raw.samples import ProblemLog
from fluxkit.raw.text.plain_text import describe_text

if TYPE_CHECKING:
    from fluxkit.site.models import Site


class FluxkitBackend(BackendEntrypoint):
    """Loggers' and analysers' files, of a configured station or as they are."""

    description: ClassVar[str] = "Raw files of flux towers: TOA5, TOB1, TOB3, GHG and others"
    open_dataset_parameters: ClassVar[tuple[str, ...]] = (
        "filename_or_obj",
        "drop_variables",
        "site",
        "format",
    )

    def open_dataset(  # type: ignore[override]  # xarray's own engines narrow it as well
        self,
        filename_or_obj: str | os.PathLike[str],
        *,
        drop_variables: str | Iterable[str] | None = None,
        site: "Site | str | os.PathLike[str] | None" = None,
        format: str | None = None,
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
            `fluxkit.open_raw`. Without it columns are as in the file, over the records' stamps.
        format : str, optional
            Name of the file's format, if it cannot be recognised; not used with ``site``.

        Raises
        ------
        ReadError
            Nothing of the file is usable.
        UnknownFormatError
            The file does not describe its columns: ``site`` or ``format`` is needed.
        """
        path = location(os.fspath(filename_or_obj))
        unwanted = {drop_variables} if isinstance(drop_variables, str) else set(drop_variables or ())
        found = as_it_is(path, unwanted, format) if site is None else _of_station(path, site)
        return found.drop_vars(unwanted, errors="ignore")

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Whether the first bytes are those of a format that no other engine reads."""
        if not isinstance(filename_or_obj, str | os.PathLike):
            return False
        path = os.fspath(filename_or_obj)
        if is_address(path):  # mostly another engine's, and asking takes time
            return False
        try:
            start = head(path)
        except ReadError:  # absent
            return False
        return marked(start)


def as_it_is(path: Path, unwanted: Iterable[str] = (), known_as: str | None = None) -> xr.Dataset:
    """Columns of a raw file without any configuration.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    unwanted : iterable of str
        Columns that are not read.
    known_as : str, optional
        Its format, if it cannot be recognised.

    Returns
    -------
    xarray.Dataset
        Columns of numbers with the units of the header over ``time``, the stamps as written (UTC where the
        format says so), or over ``record`` if the records have none.
    """
    name = known_as or identify(path)
    content = contents(path)
    log = ProblemLog(content.source)
    described = _described(name, content, log)
    names = _unique(described.names)
    left_out = set(unwanted)
    fields = [
        k for k, kind in enumerate(described.kinds) if _numeric(described, kind) and names[k] not in left_out
    ]
    taken = described.load(fields, ())
    stamps = None if described.undated else taken.stamps
    dimension = "record" if stamps is None else "time"
    variables = {
        names[k]: (dimension, values, {"units": described.units[k]} if described.units[k] else {})
        for k, values in zip(fields, taken.values, strict=True)
        if described.kinds[k] != "t" or not np.isnan(values).all()
    }
    coordinates = {}
    if stamps is not None:
        zone = "UTC" if described.utc else "as written, in the logger's zone"
        # The smallest integer, which marks unreadable stamps, is NaT.
        coordinates["time"] = (dimension, stamps.astype("M8[ns]"), {"long_name": f"time stamp, {zone}"})
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


def _described(name: str, content: Contents, log: ProblemLog) -> SelfDescribedTable:
    describe = reader(name).describe
    if describe is not None:
        return describe(content, log)
    try:
        return describe_text(content, log)
    except UnknownFormatError as error:
        raise UnknownFormatError(
            content.source,
            f"is {name}, whose files do not describe their columns: open it with site=, the "
            "station's settings",
        ) from error


def _numeric(described: SelfDescribedTable, kind: str) -> bool:
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
    from fluxkit.site.models import Site
    from fluxkit.site.toml.loading import load

    return open_raw(path, site if isinstance(site, Site) else load(site))
