"""Public names of a package that are loaded when first used."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def public(package: str, names: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return a package's ``__getattr__`` and ``__dir__``.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    names : mapping of str to str
        Public name, and the module that holds it.

    Examples
    --------
    >>> from fluxkit.lazily import public
    >>> get, listed = public("somewhere", {"sqrt": "math"})
    >>> get("sqrt")(4.0), listed()
    (2.0, ['sqrt'])
    """

    def get(name: str) -> Any:
        if name in names:
            return getattr(importlib.import_module(names[name]), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}; it has {', '.join(names)}")

    return get, lambda: sorted(names)
