"""What networks take at upload: tables by their names and rules, and their checks before they are made there.

The names below are loaded when first used.
"""

import importlib
from typing import Any

_PUBLIC = {
    "check_file": "fluxkit.submissions.checking",
    "parsed": "fluxkit.submissions.names",
    "write_submission": "fluxkit.submissions.tables",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(
        f"module 'fluxkit.submissions' has no attribute {name!r}; it has {', '.join(_PUBLIC)}"
    )


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
