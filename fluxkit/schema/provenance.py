"""Where a result comes from: versions, checksums of inputs, hash of settings, time of making."""

import hashlib
import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from fluxkit.locations import location

#: Libraries whose version may change a number or a file.
LIBRARIES = ("numpy", "scipy", "numba", "pandas", "xarray", "netCDF4", "pydantic")


def versions() -> dict[str, str]:
    """Return the versions of fluxkit, Python and the libraries that matter, without importing them."""
    found = {"fluxkit": _version("fluxkit"), "python": platform.python_version()}
    return found | {name: _version(name) for name in LIBRARIES}


def file_sha256(path: Path | str) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal, read in pieces."""
    with location(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@cache
def program_sha256() -> str:
    """Return a hash of the program's text that deciding rests on: other text may give other numbers."""
    package = Path(__file__).parents[1]
    rooms = ("constants.py", "kernels/**/*", "physics/**/*", "schema/**/*", "site/**/*", "tower/**/*")
    digest = hashlib.sha256(json.dumps(versions()).encode())
    for path in sorted(path for room in rooms for path in package.glob(room)):
        if path.suffix in (".py", ".toml"):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def settings_sha256(settings: Mapping[str, Any]) -> str:
    """Return a hash of settings that does not depend on their order.

    Parameters
    ----------
    settings : mapping
        Only what JSON knows: mappings, lists, text, numbers, booleans, None.
    """
    text = json.dumps(settings, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def utc_now() -> str:
    """Return the present time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@cache  # reading the metadata of a package takes milliseconds
def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
