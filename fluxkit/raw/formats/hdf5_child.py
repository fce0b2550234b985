"""The process that reads HDF5: damage may end it or keep it busy for ever, and nothing else.

It gets a line of JSON for each request on its input and answers with one, and with bytes where the line
says how many. ``{"open": n}`` is followed by the n bytes of a file and answered by the list of its
variables; ``{"load": [names], "scaled": true}`` is answered by the values of those variables.
"""

import json
import sys
from collections.abc import Iterator
from typing import IO, Any

import netCDF4
import numpy as np

#: Groups in groups that are looked into.
_DEEPEST = 12
#: What is kept of a text: stamps are shorter. [bytes]
_LONGEST = 64
#: What the library raises for damage.
_DAMAGE = (
    OSError,
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
    MemoryError,
)


def main(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer requests until their stream ends."""
    found: dict[str, Any] = {}
    for line in requests:
        request = json.loads(line)
        body = b""
        try:
            if "open" in request:
                dataset = netCDF4.Dataset("content", memory=requests.read(request["open"]))
                found = dict(_variables(dataset, "", 0))
                answer: dict[str, Any] = {"variables": [_entry(name, v) for name, v in found.items()]}
            else:
                values = [_values(found[name], scaled=request["scaled"]) for name in request["load"]]
                body = b"".join(part for _, part in values)
                answer = {"variables": [told for told, _ in values], "bytes": len(body)}
        except _DAMAGE as error:
            answer = {"error": str(error) or type(error).__name__}
        answers.write(json.dumps(answer).encode() + b"\n" + body)
        answers.flush()


def _variables(group: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    for name, variable in group.variables.items():
        texts = variable.ndim == 1 and variable.dtype is str
        if texts or (variable.ndim in (1, 2) and _numeric(variable)):
            yield path + name, variable
    if depth < _DEEPEST:
        for name, inner in group.groups.items():
            yield from _variables(inner, f"{path}{name}/", depth + 1)


def _numeric(variable: Any) -> bool:
    return isinstance(variable.dtype, np.dtype) and variable.dtype.kind in "iuf"


def _entry(name: str, variable: Any) -> dict[str, Any]:
    told = getattr(variable, "units", None) or getattr(variable, "unit", None)
    return {
        "name": name,
        "dims": list(variable.dimensions),
        "shape": [int(length) for length in variable.shape],
        "text": not _numeric(variable),
        "unit": told if isinstance(told, str) else "",
        "piece": _piece(variable),
    }


def _piece(variable: Any) -> int:
    """Values of one variable that are stored together; 0 where all are, or where it has two dimensions."""
    pieces = variable.chunking()
    return int(pieces[0]) if isinstance(pieces, list) and len(pieces) == 1 else 0


def _values(variable: Any, *, scaled: bool) -> tuple[dict[str, Any], bytes]:
    variable.set_auto_maskandscale(scaled)
    values = variable[:]
    if not _numeric(variable):
        texts = (str(text).encode("latin-1", "replace")[:_LONGEST] for text in values.tolist())
        values = np.array(list(texts), bytes)
        return {"type": values.dtype.str, "bytes": values.nbytes}, values.tobytes()
    if scaled:
        values = np.ma.filled(np.ma.asanyarray(values).astype(np.float64), np.nan)
    body = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes()
    return {"type": values.dtype.newbyteorder("<").str, "bytes": len(body)}, body


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
