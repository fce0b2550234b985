"""Sections [footprint] and [profile]: written, read again, and refused in words."""

import pytest

from fluxkit.errors import ConfigError
from fluxkit.site.toml.dumping import dump
from fluxkit.site.toml.loading import loads
from tests.raw.test_profile import site_with

BASE = dump(site_with())


def test_loads_of_dump_is_the_same():
    site = site_with()
    assert loads(BASE) == site
    assert site.profile.given


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("heights = [1.0, 2.5]", "heights = [2.5, 1.0]", "heights must ascend"),
        ("heights = [1.0, 2.5]", "heights = [1.0]", "2 columns for 1 heights"),
        ('time_is = "end"', "", "profile.time_is: missing; a profile needs it"),
        ('["c1", "c2"]', '["c1"]', "columns.co2.columns: 1 columns for 2 heights"),
        ('"t2"], unit = "degC"', '"t2"], unit = "kPa"', "'kPa' is not a unit of temperature"),
        ("columns.h2o", "columns.wind", "unknown variable 'wind'"),
        ("columns.h2o", "columns.n2o", "to a mixing ratio needs h2o of the profile"),
    ],
)
def test_a_wrong_profile_is_refused(old, new, words):
    assert BASE.count(old) == 1
    with pytest.raises(ConfigError, match=words):
        loads(BASE.replace(old, new))


def test_profile_storage_needs_a_profile():
    text = BASE[: BASE.index("[profile]")] + BASE[BASE.index("[output]") :]
    with pytest.raises(ConfigError, match=r"decide.storage: 'profile' needs a section \[profile\]"):
        loads(text.replace("[decide]", '[decide]\nstorage = "profile"', 1))


def test_a_known_key_is_suggested():
    with pytest.raises(ConfigError, match="unknown key 'land_use'"):
        loads(BASE.replace("[footprint]", '[footprint]\nland_use = "map.asc"'))
