"""The pages' script run without a browser."""

import json
from importlib import resources
from typing import Any

from py_mini_racer import MiniRacer


class Script:
    """core.js in an engine of its own."""

    def __init__(self) -> None:
        self._engine = MiniRacer()
        text = resources.files("fluxkit.report.web").joinpath("core.js").read_text(encoding="utf-8")
        self._engine.eval(text.replace("const core =", "globalThis.core ="))

    def call(self, expression: str, *arguments: Any) -> Any:
        """Return the value of an expression over ``ARGS``; a number that is none is null."""
        given = json.dumps(arguments, allow_nan=False)
        return json.loads(
            self._engine.eval(f"(() => {{ const ARGS = {given}; return JSON.stringify({expression}); }})()")
        )
