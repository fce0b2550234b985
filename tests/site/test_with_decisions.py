"""Decisions given in Python are checked as those of a file."""

import pytest

import fluxkit as fk
from fluxkit.errors import ConfigError
from tests.conftest import ROOT

STATIONS = sorted(ROOT.glob("data_samples/*/site.toml"))


@pytest.mark.parametrize("path", STATIONS, ids=lambda path: path.parent.name)
def test_nothing_else_changes(path):
    site = fk.load(path)
    assert site.with_decisions() == site
    other = site.with_decisions(rotation="triple")
    assert other.decide.rotation == "triple"
    decide = site.decide.model_copy(update={"rotation": "triple"})
    assert other == site.model_copy(update={"decide": decide})


@pytest.fixture
def site():
    return fk.load(ROOT / "data_samples/open_path/site.toml")


@pytest.mark.parametrize(
    "given",
    [
        {"time_lag": {"search": {"co2": [0, 2]}}},
        {"time_lag.search": {"co2": [0, 2]}},
        {"time_lag.search.co2": (0, 2)},
        {"decide.time_lag.search.co2": [0, 2]},
    ],
)
def test_inner_keys_leave_the_others(site, given):
    site = site.with_decisions({"time_lag.spread": 2.0, "time_lag.search.h2o": [0, 5]})
    found = site.with_decisions(given).decide.time_lag
    assert found.search == {"co2": (0.0, 2.0), "h2o": (0.0, 5.0)}
    assert found.spread == 2.0
    assert site.decide.time_lag.search == {"h2o": (0.0, 5.0)}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"rotaton": "double"}, r"decide\.rotaton: unknown key 'rotaton'; did you mean 'rotation'\?"),
        ({"rotation": "tripel"}, r"decide\.rotation: .*did you mean 'triple'\?"),
        ({"time_lag.serch.co2": [0, 2]}, r"decide\.time_lag\.serch: unknown key .*did you mean 'search'"),
        ({"time_lag.search.co2": [2, 0]}, r"decide\.time_lag\.search\.co2: found 2 to 0"),
        ({"vapour_neighbour_hours": "2"}, r"decide\.vapour_neighbour_hours: found the text '2'"),
        ({"rotation.way": "double"}, r"decide\.rotation"),
        ({"storage": "profile"}, "profile"),  # what the whole configuration refuses
    ],
)
def test_mistakes_are_told_as_of_a_file(site, given, words):
    with pytest.raises(ConfigError, match=words):
        site.with_decisions(given)


def test_a_site_from_a_dict(site):
    data = site.model_dump(mode="json")
    assert fk.load(data) == site
    data["station"]["altitud"] = data["station"].pop("altitude")
    with pytest.raises(ConfigError, match=r"dict: station\.altitud: unknown key .*did you mean 'altitude'"):
        fk.load(data)
