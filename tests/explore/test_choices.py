"""What can be chosen is what the models know, and what is chosen is checked as a file is."""

import pytest

import fluxkit as fk
from fluxkit.errors import ConfigError
from fluxkit.explore.choices import controls_of, read_choices, site_of, ustar_of
from fluxkit.site.expected import choices
from fluxkit.site.models import Site
from fluxkit.site.sections.methods import Decide


@pytest.fixture(scope="module")
def site() -> Site:
    return fk.load("data_samples/open_path/site.toml")


def leaves(model, prefix=""):
    for name, field in model.model_fields.items():
        kind = field.annotation
        if hasattr(kind, "model_fields"):
            yield from leaves(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def test_every_decision_can_be_chosen(site):
    keys = {control.key for control in controls_of(site)}
    wanted = set(leaves(Decide)) - {"arithmetic", "policy"}
    assert wanted <= keys
    assert {"columns.co2.lag", "columns.h2o.lag", "ustar.threshold", "policy.spikes"} <= keys
    assert "policy.no_data" not in keys  # lost whatever the policy says


def test_methods_are_those_of_the_model(site):
    for control in controls_of(site):
        if control.kind == "choice" and "." not in control.key:
            assert control.options == choices(Decide.model_fields[control.key].annotation)


def test_each_control_gives_back_what_the_station_has(site):
    controls = controls_of(site)
    as_shown = {control.key: control.value for control in controls}
    assert read_choices(as_shown, controls) == {}
    assert site_of(site, {}) == site


def test_the_same_value_written_otherwise_is_no_choice(site):
    controls = controls_of(site)
    assert read_choices({"planar_fit.sectors": "[ 360 ]"}, controls) == {}


def test_choices_become_settings(site):
    given = {
        "rotation": "wilczak-2001",
        "planar_fit.sectors": "[180, 180]",
        "policy.spikes": "remove",
        "columns.co2.lag": "{nominal = 0.1, min = 0.0, max = 0.4}",
        "ustar.threshold": 0.2,
    }
    chosen = read_choices(given, controls_of(site))
    made = site_of(site, chosen)
    assert made.decide.planar_fit.sectors == [180.0, 180.0]
    assert made.decide.policy["spikes"] == "remove"
    assert made.columns["co2"].lag.max == 0.4
    assert made.columns["h2o"] == site.columns["h2o"]
    assert ustar_of(chosen) == 0.2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rotation": "tripel"}, "did you mean 'triple'"),
        ({"planar_fit.sectors": "[90, 90]"}, "widths add up to 180 degrees"),
        ({"planar_fit.sectors": "ninety"}, "which is not TOML"),
        ({"planar_fit.sectors": 90}, "allowed: a list"),
        ({"columns.co2.lag": "{nominal = 0.1}"}, "columns.co2.lag"),
        ({"budget.spectral": "much"}, "allowed: a number at least 0"),
        ({"budget.spectral": True}, "found true"),
        ({"arithmetic": "eddypro-6"}, "not among what can be chosen"),
        ({"__class__": 1}, "not among what can be chosen"),
        ({"detrending": None}, "detrending"),
    ],
)
def test_what_is_not_allowed_is_said_in_words(site, given, said):
    with pytest.raises(ConfigError) as error:
        site_of(site, read_choices(given, controls_of(site)))
    assert said in str(error.value)


@pytest.mark.parametrize("value", [-1, 4.0, "0.2", True, float("nan")])
def test_a_threshold_of_ustar_is_a_number(value):
    with pytest.raises(ConfigError, match=r"ustar.threshold: found .*; allowed: a number from 0 to 3"):
        ustar_of({"ustar.threshold": value})
