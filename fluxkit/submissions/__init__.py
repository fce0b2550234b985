"""What networks take at upload: tables by their names and rules, and their checks before they are made there.

The names below are loaded when first used.
"""

from fluxkit.lazily import public

_PUBLIC = {
    "check_file": "fluxkit.submissions.checking",
    "parsed": "fluxkit.submissions.names",
    "write_submission": "fluxkit.submissions.tables",
}

__all__ = list(_PUBLIC)
__getattr__, __dir__ = public(__name__, _PUBLIC)
