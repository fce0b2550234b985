"""Closures as multiplexers and chamber systems write them into their files."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fluxkit.chamber.closures.closures import Closures, join_closures
from fluxkit.chamber.closures.records import Readings

#: A window that leaves out the reading at the end of the dead band begins so much later. [s]
BEHIND = 1e-3
#: Attributes of a file's closure that become further columns, as text.
_FURTHER = ("label", "port", "remark")


def closures_from_series(series: Iterable[Readings], analyser: str = "") -> Closures:
    """Return the closures recorded in files.

    The label that the user gave to port or collar is the plot. An id that several files use is made
    unique by the time of closing.

    Parameters
    ----------
    series : iterable of Readings
        Read files.
    analyser : str, optional
        Name of the analyser whose files they are; kept in ``extra["analyser"]``.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> from fluxkit.raw.series import FileClosure, Series
    >>> time = np.datetime64("2026-07-01T10:00", "ns") + np.arange(300).astype("m8[s]")
    >>> inside = [FileClosure("1", "a", time[60], time[240], area=0.03, volume=0.005)]
    >>> series = Series(time, {"co2": np.full(300, 4e-4)}, closures=inside)
    >>> fk.chamber.closures_from_series([series]).area.tolist()
    [0.03]
    """
    found = join_closures([_of_file(one, analyser) for one in series if one.closures])
    return _unique(found)


def _of_file(one: Readings, analyser: str) -> Closures:
    told = list(one.closures)

    def column(name: str) -> list[Any]:
        return [getattr(closure, name) for closure in told]

    return Closures.of(
        np.array(column("start"), "M8[ns]"),
        np.array(column("end"), "M8[ns]"),
        id=np.array([str(c.id) for c in told]),
        plot=np.array([str(c.label or c.port or c.id) for c in told]),
        treatment=np.array(column("treatment"), np.str_),
        cover=np.array(column("cover"), np.str_),
        area=column("area"),
        volume=column("volume"),
        t_air=column("t_air"),
        p_air=column("p_air"),
        deadband=[c.deadband + (0.0 if c.deadband_counts else BEHIND) for c in told],
        source="file",
        path=str(one.path),
        extra={
            **{name: np.array(column(name), np.str_) for name in _FURTHER},
            **_of_times(told),
            "stop": np.array(column("stop"), np.float64),
            "analyser": np.full(len(told), analyser),
        },
    )


def _of_times(told: list[Any]) -> dict[str, Any]:
    """Return what few formats leave open: times of whole minutes, rows among those of others."""
    minutes = np.array([not closure.timed for closure in told], np.float64)
    series = np.array([closure.series for closure in told], np.float64)
    found = {"minutes_only": minutes} if minutes.any() else {}
    return found | ({"series": series} if (series >= 0).any() else {})


def _unique(closures: Closures) -> Closures:
    """Return closures with unique ids: a file's name and then the time are added where needed."""
    ids = [str(name) for name in closures.id]
    for addition in (_stem, _moment):
        counts = Counter(ids)
        ids = [name if counts[name] == 1 else f"{name}_{addition(closures, k)}" for k, name in enumerate(ids)]
    return replace(closures, id=np.array(ids, np.str_))


def _stem(closures: Closures, k: int) -> str:
    return Path(str(closures.path[k])).name.split(".")[0]


def _moment(closures: Closures, k: int) -> str:
    return str(np.datetime_as_string(closures.start[k], unit="s")).replace("-", "").replace(":", "")
