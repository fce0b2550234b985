"""The pages' script run without a browser."""

import json
from importlib import resources
from typing import Any

from py_mini_racer import MiniRacer


class Script:
    """Scripts that need no browser in an engine of their own; core.js is always there."""

    def __init__(self, *names: str) -> None:
        self._engine = MiniRacer()
        for name in ("core.js", *names):
            text = resources.files("fluxkit.report.web").joinpath(name).read_text(encoding="utf-8")
            self._engine.eval(text.replace("\nconst ", "\nglobalThis.", 1))

    def call(self, expression: str, *arguments: Any) -> Any:
        """Return the value of an expression over ``ARGS``; a number that is none is null."""
        return self.run(f"return {expression};", *arguments)

    def run(self, statements: str, *arguments: Any) -> Any:
        """Return what statements over ``ARGS`` return."""
        given = json.dumps(arguments, allow_nan=False)
        return json.loads(
            self._engine.eval(
                f"(() => {{ const ARGS = {given}; return JSON.stringify((() => {{ {statements} }})()); }})()"
            )
        )
