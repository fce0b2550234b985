"""What every page needs: templates that escape, and writing whole or not at all."""

import os
import secrets
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from fluxkit.errors import one_line
from fluxkit.locations import on_store
from fluxkit.writing import writing

#: Longer tables are cut, with a line that says where the rest is.
MAX_ROWS = 300


@dataclass(frozen=True)
class Picture:
    """A figure as the page shows it."""

    title: str
    svg: str
    alt: str  #: what a person who cannot see it would want to know
    caption: str


def put_page(page: str, target: Path) -> None:
    """Write a page, whole or not at all."""
    page = page.encode("utf-8", "backslashreplace").decode("utf-8")  # names of files may be no text
    if on_store(target):
        target.write_text(page)
        return
    # Renaming shows the page whole or not at all. It can be made again at any time: no fsync. The part is
    # a new file of a name that nobody can foresee: a link that waits there would be followed.
    part = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("x", encoding="utf-8", newline="\n") as file:
                file.write(page)
            part.replace(target)
        except OSError:
            part.unlink(missing_ok=True)
            raise


@cache
def page_template(name: str, package: str = "fluxkit.report") -> jinja2.Template:
    """Return a template of a package; it escapes values, and writes control characters out."""
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=_shown)
    return environment.from_string(own_text(name, package))


def _shown(value: Any) -> Any:
    """Return a text with what would turn or hide its neighbours written out; markup stays as it is."""
    return one_line(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def own_text(name: str, package: str = "fluxkit.report") -> str:
    """Return a text file of a package."""
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")
