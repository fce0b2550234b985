"""Arrays that refuse an index below zero, for kernels that run uncompiled.

Python and numba both take such an index from the end, so that no other check of bounds sees it.
"""

import functools
import importlib
from types import FunctionType, ModuleType

import numpy as np

import fluxkit.kernels

_MAKING = {"array", "empty", "empty_like", "full", "full_like", "ones", "zeros", "zeros_like"}


class Checked(np.ndarray):
    """An array that takes no index below zero."""

    def __getitem__(self, at):
        _refuse_negative(at)
        return super().__getitem__(at)

    def __setitem__(self, at, value):
        _refuse_negative(at)
        super().__setitem__(at, value)


def _refuse_negative(at):
    for part in at if isinstance(at, tuple) else (at,):
        ends = (part.start, part.stop) if isinstance(part, slice) else (part,)
        for end in ends:
            if isinstance(end, int | np.integer) and end < 0:
                raise IndexError(f"index {part} lies before the beginning")


class _Numpy:
    """numpy as kernels see it: what it makes is checked."""

    def __getattr__(self, name):
        found = getattr(np, name)
        return (lambda *args, **kw: _checked(found(*args, **kw))) if name in _MAKING else found


def _checked(x):
    return x.view(Checked) if type(x) is np.ndarray else x


def _plain(x):
    if isinstance(x, tuple):
        return tuple(_plain(one) for one in x)
    return np.asarray(x) if isinstance(x, Checked) and x.ndim else x


_depth = 0


def _checking(function):
    """Give a kernel checked arrays, and its caller plain ones."""

    @functools.wraps(function)
    def call(*args):
        global _depth
        if _depth:
            return function(*args)
        _depth += 1
        try:
            with np.errstate(all="ignore"):  # compiled kernels say nothing either
                return _plain(function(*(_checked(a) for a in args)))
        finally:
            _depth -= 1

    return call


def check_kernels() -> None:
    """Have kernels that run uncompiled check their indices, but for those already imported by name."""
    for name in fluxkit.kernels.__all__:
        _check(importlib.import_module(f"fluxkit.kernels.{name}"))


def _check(module: ModuleType) -> None:
    module.np = _Numpy()
    for name, value in list(vars(module).items()):
        if isinstance(value, FunctionType) and value.__module__ == module.__name__:
            setattr(module, name, _checking(value))
        else:
            setattr(module, name, _checked(value))
