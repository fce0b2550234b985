"""What a command prints: names in files may hold characters that move a terminal's cursor or hide text."""

import json
from typing import Any

import typer

from fluxkit.errors import CONTROL, one_line

#: The same characters as JSON writes them.
_IN_JSON = {code: f"\\u{code:04x}" for code in CONTROL if code >= 127}


def tell(text: str, *, err: bool = False) -> None:
    """Print text of one or several lines, control characters written out."""
    typer.echo("\n".join(one_line(line) for line in text.split("\n")), err=err)


def json_text(data: Any, indent: int | None = None) -> str:
    """Return data as JSON that can be shown on a terminal."""
    return json.dumps(data, indent=indent, ensure_ascii=False).translate(_IN_JSON)
