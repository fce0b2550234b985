"""What can be copied does what it says."""

import shlex
import tomllib
from pathlib import Path

import numpy as np
import xarray as xr

import fluxkit as fk
from fluxkit.archive.job import Job
from fluxkit.cli.process import _setting
from fluxkit.explore.choices import controls_of, read_choices, site_of
from fluxkit.explore.deciding import Holdings
from fluxkit.explore.states import as_command, as_python, as_toml

GIVEN = {
    "rotation": "triple",
    "planar_fit.sectors": "[90.0, 270.0]",
    "cutoff.unstable": "{ustar = 0.1, h = 10.0}",
    "policy.spikes": "remove",
    "columns.co2.lag": "{nominal = 0.1, min = 0.0, max = 0.4}",
    "ustar.threshold": 0.2,
}


def chosen_of(site, given=GIVEN):
    return read_choices(given, controls_of(site))


def test_the_command_decides_so():
    site = fk.load("data_samples/open_path/site.toml")
    chosen = chosen_of(site)
    note, decide, ecosystem = as_command(chosen, Path("a b/site.toml"), Path("o'ut")).splitlines()
    assert note.startswith("# columns.co2.lag: no decision")
    words = shlex.split(decide)
    assert words[:5] == ["fluxkit", "decide", "a b/site.toml", "-o", "o'ut"]
    settings = dict(_setting(word) for word in words[5:] if word != "--set")
    wanted = site_of(site, {k: v for k, v in chosen.items() if not k.startswith(("columns", "ustar"))})
    assert site.with_decisions(settings) == wanted
    assert "--config ecosystem.toml" in ecosystem


def test_the_toml_is_what_the_file_would_hold():
    site = fk.load("data_samples/open_path/site.toml")
    found = tomllib.loads(as_toml({k: v for k, v in chosen_of(site).items() if k != "ustar.threshold"}))
    assert found["decide"]["planar_fit"]["sectors"] == [90.0, 270.0]
    assert found["decide"]["policy"] == {"spikes": "remove"}
    assert found["columns"]["co2"]["lag"]["max"] == 0.4
    assert as_toml({}).startswith("# nothing differs")


def test_the_python_gives_the_numbers(archive):
    given = {"rotation": "triple", "columns.co2.lag": GIVEN["columns.co2.lag"], "high_frequency": "none"}
    holdings = Holdings(Job.of(archive, archive.parent / "out"))
    chosen = chosen_of(holdings.job.site, given)
    scope: dict[str, xr.Dataset] = {}
    exec(as_python(chosen, archive, archive.parent / "out"), scope)  # as a person would
    ours = holdings.whole(site_of(holdings.job.site, chosen), lambda *_: None)
    np.testing.assert_array_equal(scope["fluxes"]["NEE"].values, ours["NEE"].values)
