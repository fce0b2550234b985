"""What conditioning takes from the instruments of a site."""

import pytest

from fluxkit.physics.sonic import CrossWind, cross_wind_shares
from fluxkit.tower import instrument_settings as s
from tests.tower import mast


def site(model: str, sonic: dict | None = None, **condition: object):
    return mast.make_site(
        instruments=[mast.SONIC | {"model": model} | (sonic or {}), mast.OPEN],
        condition={"despiking": "none"} | condition,
    )


@pytest.mark.parametrize(
    ("model", "sonic", "expected"),
    [
        ("csat3", {}, None),
        ("csat3", {"cross_wind_corrected": False}, cross_wind_shares(60.0)),
        ("r2", {}, CrossWind(0.5, 1.0, 0.0)),
        ("r2", {"cross_wind_corrected": True}, None),
        ("usa-1", {}, None),
        ("usa-1", {"cross_wind_corrected": False}, cross_wind_shares(45.0)),
    ],
)
def test_cross_wind_is_corrected_once(model, sonic, expected):
    assert s.instrument_plan(site(model, sonic)).cross_wind == expected


def test_the_reference_leaves_the_vertical_wind_out():
    told = site("hs-50", {"cross_wind_corrected": False})
    assert s.instrument_plan(told).cross_wind.w > 0.4
    theirs = told.model_copy(update={"decide": told.decide.model_copy(update={"arithmetic": "eddypro-6"})})
    assert s.instrument_plan(theirs).cross_wind.w == 0.0


@pytest.mark.parametrize(
    ("model", "sonic", "columns"),
    [
        ("csat3", {}, ("uvw", "", 0.0)),
        ("hs-50", {"wind_reference": "axis"}, ("uvw", "", 30.0)),
        ("hs-50", {"wind_reference": "spar"}, ("uvw", "", 0.0)),
        ("r3-50", {"wind_format": "axis"}, ("axis", "", 30.0)),
        ("r2", {}, ("uvw", "u", 30.0)),
        ("usa-1", {}, ("uvw", "v", 0.0)),
    ],
)
def test_how_sonics_write(model, sonic, columns):
    found = s.sonic_columns(site(model, sonic))
    assert (found.wind, found.reflected, found.rotation) == columns


@pytest.mark.parametrize(
    ("firmware", "method", "boost", "head"),
    [
        ("2329.600.01", "none", True, ("apply", "none")),
        ("2329-600-01", "none", True, ("apply", "none")),
        ("2329.600.01", "none", False, ("none", "none")),
        ("2329.700.01", "none", True, ("none", "none")),
        (None, "none", True, ("none", "none")),
        ("2329.600.01", "automatic", True, ("none", "nakai-shimoyama-2012")),
        ("2329.700.01", "automatic", True, ("undo", "nakai-shimoyama-2012")),
    ],
)
def test_boost_and_angle_of_attack_are_not_both_made(firmware, method, boost, head):
    found = s.sonic_head(site("windmaster", {"firmware": firmware}, angle_of_attack=method, w_boost=boost))
    assert (found.w_boost, found.angle_of_attack) == head


def test_automatic_knows_which_head_it_is():
    assert s.sonic_head(site("r3-50", angle_of_attack="automatic")).angle_of_attack == "nakai-2006"
    assert s.sonic_head(site("csat3", angle_of_attack="automatic")).angle_of_attack == "none"


def test_words_of_the_reference():
    """It reads a flag of all sonics but two of Gill's, and drops what the analyser measures beside gases."""
    given = {"diag_sonic": mast.column("1"), "diag_gas": mast.column("1", instrument="g")}
    given["p_air"] = mast.column("Pa", instrument="g")
    ours = mast.make_site(instruments=[mast.SONIC | {"model": "csat3b"}, mast.OPEN], columns=given)
    theirs = ours.model_copy(update={"decide": ours.decide.model_copy(update={"arithmetic": "eddypro-6"})})
    assert [d.word.name for d in s.instrument_plan(ours).diagnoses] == ["csat3b", "li-7500"]
    found = s.instrument_plan(theirs).diagnoses
    assert [d.word.name for d in found] == ["flag", "li-7500"]
    assert found[1].variables == ("co2", "h2o", "p_air")
    assert s.instrument_plan(ours).diagnoses[1].variables == ("co2", "h2o")


def test_what_was_done_is_said():
    said = s.describe_corrections(site("windmaster", {"firmware": "2329.600.01"}))
    assert said == (
        "cross-wind: in firmware; vertical wind: boost applied; angle of attack: none; "
        "transducer shadow: none"
    )
    assert s.describe_corrections(site("r2")).startswith("cross-wind: liu-2001")
    assert s.describe_corrections(site("usa-1")).startswith("cross-wind: none")
    assert "shadow: in firmware" in s.describe_corrections(site("csat3b", {"shadow_corrected": True}))
