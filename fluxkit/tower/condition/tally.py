"""What conditioning met in the raw samples, as sums that add up over the periods of an archive."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit import kernels
from fluxkit.tower.condition.diagnostics import Reading

Array = npt.NDArray[np.float64]
Tally = dict[str, dict[str, Any]]


def tally_of(
    raw: Mapping[str, Array],
    *,
    implausible: Mapping[str, int],
    diagnosed: Mapping[str, int],
    limited: Mapping[str, int],
    readings: Mapping[str, Reading],
    frozen: Mapping[str, int] | None = None,
    held: Mapping[str, int] | None = None,
    unmoved: Sequence[str] = (),
) -> Tally:
    """Return the sums of one period.

    Parameters
    ----------
    raw : mapping of (N,) arrays
        Samples as read, SI, NaN where missing.
    implausible, diagnosed, limited : mapping
        Variable -> samples that no sensor can mean, that an instrument called bad, beyond the limits.
    readings : mapping
        Column of diagnostic words -> what they said.
    frozen, held : mapping, optional
        Variable -> samples that stand still, samples for which a value is held.
    unmoved : sequence of str
        States of a cell that have one value throughout.

    Returns
    -------
    dict
        ``samples``, ``sum``, ``squares``, ``implausible``, ``diagnosed``, ``limited`` by variable;
        ``counting`` (periods) by column; ``words`` by column and word; ``frozen`` (samples), ``still``,
        ``held`` and ``unmoved`` (periods) by variable.

    Examples
    --------
    >>> import numpy as np
    >>> w = {"w": np.array([1.0, 99.0])}
    >>> tally_of(w, implausible={"w": 1}, diagnosed={}, limited={}, readings={})["implausible"]
    {'w': 1}
    """
    out: Tally = {name: {} for name in ("samples", "sum", "squares")}
    for name, x in raw.items():
        if name.startswith(("diag_", "signal_")):
            continue
        total, count = kernels.screen.sum_and_count(x)
        if not count:
            continue
        out["samples"][name] = int(count)
        out["sum"][name] = float(total)
        if name == "w":
            out["squares"][name] = float(kernels.screen.sum_and_count(np.square(x))[0])
    out["implausible"] = {name: count for name, count in implausible.items() if count}
    out["diagnosed"] = {name: count for name, count in diagnosed.items() if count}
    out["limited"] = {name: count for name, count in limited.items() if count}
    out["counting"] = {column: 1 for column, reading in readings.items() if reading.counting}
    out["words"] = {
        column: {str(word): count for word, count in reading.often.items()}
        for column, reading in readings.items()
        if reading.often
    }
    out["frozen"] = dict(frozen or {})
    out["still"] = dict.fromkeys(frozen or {}, 1)
    out["held"] = dict.fromkeys(held or {}, 1)
    out["unmoved"] = dict.fromkeys(unmoved, 1)
    return {name: entry for name, entry in out.items() if entry}


def added(tallies: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the sums of several periods.

    Examples
    --------
    >>> added([{"sum": {"u": 1.0}}, {"sum": {"u": 2.0, "v": 3.0}}])
    {'sum': {'u': 3.0, 'v': 3.0}}
    """
    out: dict[str, Any] = {}
    for tally in tallies:
        for name, value in tally.items():
            if isinstance(value, Mapping):
                out[name] = added([out.get(name, {}), value])
            else:
                out[name] = out.get(name, 0) + value
    return out
