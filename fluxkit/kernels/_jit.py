"""The one place for compiler flags.

``fastmath=True`` would delete every ``isnan``; the set below keeps NaN and infinity
and gives the same speed. Kernels that re-order sums say ``reassoc=True``: their last
digits depend on the processor.

numba's cache does not notice an edit in another file, so the cache folder carries a
hash of all kernels.
"""

import hashlib
import os
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


def _cache_dir() -> str:
    digest = hashlib.sha256(str(_HERE).encode())  # numba tells copies of a file apart by their place
    for path in sorted(_HERE.rglob("*.py")):
        digest.update(path.read_bytes())
    base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return str(base / "fluxkit" / f"kernels-{digest.hexdigest()[:16]}")


#: Whether kernels were compiled before on this machine; if not, the first calls take half a minute in all.
COMPILED_BEFORE = Path(os.environ.get("NUMBA_CACHE_DIR", _cache_dir())).exists()

if "NUMBA_CACHE_DIR" not in os.environ:
    os.environ["NUMBA_CACHE_DIR"] = _cache_dir()

import numba  # noqa: E402  (reads NUMBA_CACHE_DIR when imported)

# If somebody imported numba before us it has not seen the variable.
numba.config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]  # type: ignore[attr-defined]
FASTMATH = {"nsz", "arcp", "contract", "afn", "reassoc"}
_CACHE = os.environ.get("FLUXKIT_NO_CACHE", "") != "1"


def kernel(func: Any = None, *, reassoc: bool = False) -> Any:
    """Compile a loop over contiguous arrays; NaN means missing."""
    options: dict[str, Any] = {
        "nogil": True,
        "cache": _CACHE,
        "error_model": "numpy",
        "fastmath": FASTMATH if reassoc else False,
    }
    if func is not None:
        return numba.njit(**options)(func)
    return lambda f: numba.njit(**options)(f)
