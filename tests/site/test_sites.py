"""The example sites fit the measured files that they describe."""

from pathlib import Path

import pytest

from fluxkit.site.files import resolve_files
from fluxkit.site.toml.loading import load

FOLDER = Path(__file__).parents[1] / "sites"
FILES = {
    "fluxpart": 2,
    "de-hoh": 1,
    "synthetic_a": 48,
    "synthetic_b": 12,
    "ameriflux_gold": 48,
    "finse": 55,
}


def test_every_example_is_counted():
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_files_are_found(name, shared):
    assert len(resolve_files(load(FOLDER / f"{name}.toml"), shared)) == FILES[name]
