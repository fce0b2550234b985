"""Corrections that do not fit the instruments are refused in words; what is left open is told."""

import pytest
from pydantic import ValidationError

from fluxkit.schema.diagnostics import diagnostic_words
from fluxkit.site.checks.warnings import warnings
from fluxkit.site.sections import instruments
from fluxkit.tower.settings import make_plan
from tests.tower import mast

OPEN = mast.OPEN | {"bandwidth": 10.0}


def site(model: str = "csat3", sonic: dict | None = None, **sections: object):
    return mast.make_site(instruments=[mast.SONIC | {"model": model} | (sonic or {}), OPEN], **sections)


@pytest.mark.parametrize(
    ("model", "sonic", "sections", "message"),
    [
        ("csat3", {}, {"condition": {"angle_of_attack": "nakai-2006"}}, "made for r2, r3-50, r3-100;"),
        ("r3-50", {}, {"condition": {"angle_of_attack": "nakai-shimoyama-2012"}}, "made for windmaster"),
        ("windmaster", {}, {"condition": {"angle_of_attack": "automatic"}}, "give instruments.s.firmware"),
        ("hs-50", {}, {"condition": {"transducer_shadow": "horst-2015"}}, "holds for csat3, csat3a, csat3b"),
        (
            "csat3b", {"shadow_corrected": True}, {"condition": {"transducer_shadow": "horst-2015"}},
            "corrects for shadows already",
        ),
        ("hs-50", {"shadow_corrected": True}, {}, "hs-50 has no such firmware"),
        ("csat3", {"diagnostic_word": "csat4"}, {}, "unknown diagnostic word 'csat4'.* known: li-7500"),
        ("csat3", {"wind_format": "axis"}, {}, "'axis' is a format of Gill sonics"),
        ("hs-50", {"wind_format": "polar"}, {}, "it must be 'deg', the direction"),
        ("csat3", {}, {"columns": {"u": mast.column("deg")}}, "it must be a speed here"),
        ("csat3", {}, {"columns": {"v": mast.column("deg")}}, "is not a unit of speed"),
        ("csat3", {}, {"columns": {"t_air": mast.column("m s-1")}}, "is not a unit of temperature"),
        (
            "csat3", {}, {"columns": {k: mast.column("1") for k in ("diag_gas", "diag_gas_2")}},
            "there are several analysers",
        ),
        ("csat3", {}, {"columns": {"diag_gas": mast.column("1", instrument="s")}}, "'s' is not a gas"),
        ("csat3", {}, {"columns": {"signal_ch4": mast.column("1")}}, "no column 'ch4' whose signal"),
        ("csat3", {}, {"condition": {"signal_limits": {"co2": (0.7, 1.0)}}}, "there is no column signal_co2"),
        (
            "csat3", {}, {"calibration": [{"variable": "ch4", "start": "2024-01-01", "end": "2024-02-01"}]},
            "calibration\\[1\\].variable: no column 'ch4'",
        ),
        (
            "csat3", {}, {"calibration": [{"variable": "co2", "start": "2024-02-01", "end": "2024-01-01"}]},
            "is not after start",
        ),
    ],
)  # fmt: skip
def test_refused_in_words(model, sonic, sections, message):
    with pytest.raises(ValidationError, match=message):
        site(model, sonic, **sections)


def test_a_generic_sonic_has_no_paths():
    generic = {"path_length": 0.1, "path_horizontal": 0.1, "response_time": 0.1}
    assert site("generic", generic).sonic.traits.elevation is None
    with pytest.raises(ValidationError, match="the paths of a generic are not known"):
        site("generic", generic | {"cross_wind_corrected": False})


@pytest.mark.parametrize(
    ("model", "sonic", "keys"),
    [
        ("csat3", {}, []),
        ("windmaster", {}, ["instruments.s.firmware"]),
        ("windmaster", {"firmware": "2329.601.01"}, []),
        ("usa-1", {}, ["instruments.s.cross_wind_corrected"]),
        ("usa-1", {"cross_wind_corrected": True}, []),
    ],
)
def test_warnings(model, sonic, keys):
    found = list(warnings(site(model, sonic)))
    assert [sentence.split(":")[0] for sentence in found] == keys


@pytest.mark.parametrize(
    ("model", "bandwidth", "response"),
    [
        ("li-7500", 5.0, 0.1), ("li-7500rs", 10.0, 0.05), ("li-7500ds", 20.0, 0.025), ("irgason", 12.5, 0.04),
        ("ec150", 25.0, 0.02), ("irgason", None, 0.025), ("li-7500a", None, 0.1), ("li-7700", None, 0.1),
    ],
)  # fmt: skip
def test_bandwidth_makes_the_response(model, bandwidth, response):
    given = {} if bandwidth is None else {"bandwidth": bandwidth}
    analyser = mast.OPEN | {"model": model} | given
    found = mast.make_site(instruments=[mast.SONIC, analyser])
    assert found.analyser("co2").geometry.response == pytest.approx(response)
    assert make_plan(found).gas["co2"].path.response == pytest.approx(response)
    told = [sentence for sentence in warnings(found) if "bandwidth" in sentence]
    asked = bandwidth is None and model != "li-7700"
    assert bool(told) == asked
    if asked:
        assert told[0].startswith("instruments.g.bandwidth: not given: ")
        assert f"a response of {response:g} s" in told[0]
    eddypro = mast.make_site(instruments=[mast.SONIC, analyser], preset="eddypro-6")
    assert make_plan(eddypro).gas["co2"].path.response == 0.1
    assert not [sentence for sentence in warnings(eddypro) if "bandwidth" in sentence]
    own = mast.OPEN | {"model": model, "response_time": 0.07}
    for preset in ("fluxkit", "eddypro-6"):
        site_ = mast.make_site(instruments=[mast.SONIC, own], preset=preset)
        assert make_plan(site_).gas["co2"].path.response == 0.07


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"model": "li-7500", "bandwidth": 12.5}, "found 12.5 Hz; a li-7500 has 5, 10, 20 Hz"),
        ({"model": "li-7700", "bandwidth": 10.0}, "li-7700 has none to set"),
        ({"model": "irgason", "bandwidth": 20.0, "response_time": 0.1}, "give one of them"),
    ],
)
def test_bandwidths_that_cannot_be(given, words):
    with pytest.raises(ValidationError, match=words):
        mast.make_site(instruments=[mast.SONIC, mast.OPEN | given])


def test_flushed_cells_do_not_average_twice():
    """The response of a laser's cell is that of its air being exchanged."""
    laser, enclosed = (
        make_plan(mast.make_site(path="ratio", instruments=[mast.SONIC, mast.CLOSED | {"model": model}]))
        for model in ("picarro-g2311-f", "li-7200")
    )
    assert laser.gas["co2"].path.cell_residence == 0.0
    assert enclosed.gas["co2"].path.cell_residence > 0.05


def test_a_word_that_nobody_knows_is_a_warning():
    closed = mast.CLOSED | {"model": "li-7000"}
    columns = {"diag_gas": mast.column("1", instrument="g")}
    found = mast.make_site(path="ratio", instruments=[mast.SONIC, closed], columns=columns)
    (sentence,) = warnings(found)
    assert "diagnostic word of a li-7000 is not known" in sentence
    told = mast.make_site(
        path="ratio", instruments=[mast.SONIC, closed | {"diagnostic_word": "flag"}], columns=columns
    )
    assert list(warnings(told)) == []


def test_the_table_of_instruments_is_consistent():
    """Words exist, methods exist, every sonic says what its firmware does to its temperature."""
    for kind, models in instruments.known_instruments().items():
        for model, entry in models.items():
            assert entry.get("word", "flag") in diagnostic_words(), model
            assert entry["label"], model
            geometry = instruments.geometry(kind, model, {})
            assert min(geometry.path, geometry.horizontal, geometry.response) > 0, model
            assert ("response" in entry) != ("bandwidths" in entry), model
            if kind == "gas_analyser":
                assert entry["source"], model
                assert "bandwidths" not in entry or entry["bandwidth"] in entry["bandwidths"], model
            if kind == "sonic":
                traits = instruments.traits(model)
                assert traits.cross_wind in ("firmware", "raw", "unknown"), model
                assert traits.reflected in ("", "u", "v"), model
                assert traits.cross_wind != "raw" or traits.elevation or traits.cross_wind_shares, model
                assert traits.angle_of_attack in ("", "nakai-2006", "nakai-shimoyama-2012"), model


def test_bits_of_words_are_consistent():
    for word in diagnostic_words().values():
        numbers = {bit for bit, _, _ in word.bits}
        assert set(word.acting) <= numbers, word.name
        assert len(numbers) == len(word.bits), word.name
        assert set(word.drops) <= {name for _, name, _ in word.bits}, word.name
        assert bool(word.bits) != bool(word.good), word.name
        assert word.signal is None or not word.signal[0] & word.acting_mask(), word.name
