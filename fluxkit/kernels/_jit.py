"""The one place for compiler flags.

``fastmath=True`` would delete every ``isnan``; the set below keeps NaN and infinity
and gives the same speed. Kernels that re-order sums say ``reassoc=True``: their last
digits depend on the processor.
"""

import contextlib
import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numba

from fluxkit.kernels._cache import FOLDER, HERE, KernelCache

FASTMATH = {"nsz", "arcp", "contract", "afn", "reassoc"}


def kernel(func: Any = None, *, reassoc: bool = False, inline: bool = False) -> Any:
    """Compile a loop over contiguous arrays; NaN means missing.

    Parameters
    ----------
    func : callable
        What to compile.
    reassoc : bool, default False
        Sums may be re-ordered.
    inline : bool, default False
        Put a small kernel into those that call it, before they are compiled: what it returns as a tuple needs
        no memory then.
    """
    if func is None:
        return lambda f: kernel(f, reassoc=reassoc, inline=inline)
    options: dict[str, Any] = {
        "nogil": True,
        "error_model": "numpy",
        "fastmath": FASTMATH if reassoc else False,
        # A kernel called by others is compiled once for each of them: where sums may be re-ordered the copies
        # differ in last digits, and which of them runs would depend on what was loaded from the cache first.
        "forceinline": reassoc,
        "inline": "always" if inline else "never",
        "no_cfunc_wrapper": True,  # needed for kernels given to kernels; a tenth of the time
    }
    compiled = numba.njit(**options)(func)
    if compiled is func:  # NUMBA_DISABLE_JIT
        return func
    compiled.compile = _without_collector(compiled.compile)
    compiled.get_call_template = _without_literals(compiled.get_call_template)
    # Elsewhere a function may change without the folder's hash.
    if FOLDER is not None and HERE in Path(func.__code__.co_filename).parents:
        compiled._cache = KernelCache(func)
    return compiled


def _without_literals(template: Any) -> Any:
    """Call a kernel from kernels with numbers of any value: numba compiles anew for each constant else."""
    return lambda args, kws: template([numba.types.unliteral(a) for a in args], kws)


def _without_collector(compile_: Any) -> Any:
    """Compile without the garbage collector, which looks through numba's many objects again and again."""

    def quick(sig: Any) -> Any:
        with _collector_off():
            return compile_(sig)

    return quick


@contextlib.contextmanager
def _collector_off() -> Iterator[None]:
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()
