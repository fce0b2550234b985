"""Words of instruments: which samples they cost, and what is counted."""

import numpy as np
import pytest

from fluxkit.schema.diagnostics import diagnostic_words
from fluxkit.tower.chain import condense, decide
from fluxkit.tower.condition.diagnostics import Diagnosis, drop_flagged, drop_weak, read_words
from tests.tower import mast

SONIC = ("u", "v", "w", "t_sonic")


def diagnosis(word: str, *variables: str, column: str = "diag_gas", fractions=()) -> Diagnosis:
    return Diagnosis(column, diagnostic_words()[word], variables, tuple(fractions))


def lost(word: str, codes: list[float], **kwargs: bool) -> list[bool]:
    return list(read_words(np.array(codes), diagnosis(word, "co2"), **kwargs).lost["co2"])


def test_gill_status():
    """00, and 0A, 0B while an address is told, are well, also where a text reader makes nothing of them."""
    assert lost("gill", [0, 10, 11, 4, 9, np.nan]) == [False, False, False, True, True, False]


def test_csat3_as_it_comes_and_as_a_flag():
    """Range and counter below bit 12 say nothing; 61503 and 61440 are no measurement."""
    assert lost("csat3", [63, 4032 + 17, 4096, 61503, 61440]) == [False, False, True, True, True]
    assert lost("flag", [0, 17]) == [False, True]


def test_csat3b():
    """The warning of humidity inside does not cost a sample."""
    assert lost("csat3b", [0, 1, 8, 128, 129]) == [False, True, True, False, True]


def test_ec100():
    assert lost("ec100-gas", [0, 2 + 1, 1 << 18]) == [False, True, True]
    assert lost("ec100-sonic", [0, 16, 32]) == [False, True, True]


def test_li7500_and_li7200():
    """A set bit is well; signal strength in the lowest four bits says nothing of it."""
    assert lost("li-7500", [250, 122, 240]) == [False, True, False]
    assert lost("li-7200", [8191, 8191 - 4096, 8191 - 256, 8191 - 16]) == [False, True, True, True]


def test_li7700():
    """A set bit is bad; heaters cost nothing, a running pump does."""
    assert lost("li-7700", [1, 64 + 128, 256, 1 << 14]) == [False, False, True, True]


def test_bits_of_the_reference():
    """It keeps samples whose word is missing, and lets synchronisation pass."""
    codes = [8191.0 - 16, np.nan]
    assert lost("li-7200", codes) == [True, True]
    assert lost("li-7200", codes, ignored_bits=["LI7200_SYNC"]) == [False, True]
    assert lost("li-7200", codes, missing_loses=False) == [True, False]


def test_counts_by_bit_and_signal():
    x = np.array([8191.0, 8191 - 4096, 8191 - 4096 - 128, np.nan, 8191 - 15])
    values = read_words(x, diagnosis("li-7200", "co2")).values
    assert values["LI7200_HEAD_DETECT_NUM"] == 2
    assert values["LI7200_CHOPPER_NUM"] == 1
    assert values["LI7200_SYNC_NUM"] == 0
    assert values["LI7200_SIGNAL"] == pytest.approx(75.0)
    assert read_words(np.zeros(2), diagnosis("gill", "u")).values == {"GILL_STATUS_NUM": 0.0}
    nothing = read_words(np.full(3, np.nan), diagnosis("li-7200", "co2")).values
    assert np.isnan(nothing["LI7200_SIGNAL"])


def test_a_thermocouple_costs_the_cells_temperature_and_fractions():
    data = {k: np.ones(2) for k in ("co2", "h2o", "t_cell", "t_cell_in", "t_cell_out")}
    data["diag_gas"] = np.array([8191.0, 8191 - 1024])  # inlet
    diagnoses = [diagnosis("li-7200", "co2", "h2o", fractions=["h2o"])]
    counts, _, _ = drop_flagged(data, diagnoses)
    assert counts == {"co2": 0, "h2o": 1, "t_cell": 1, "t_cell_in": 1, "t_cell_out": 0}
    assert np.isnan(data["t_cell_in"][1])
    assert not np.isnan(data["t_cell_out"]).any()


def test_columns_that_are_not_there_are_passed_over():
    assert drop_flagged({"co2": np.ones(2)}, [diagnosis("li-7200", "co2")]) == ({}, {}, {})


def test_two_instruments_with_the_same_word_are_counted_together():
    data = {"co2": np.ones(2), "ch4": np.ones(2), "diag_gas": np.array([0.0, 5.0]), "diag_gas_2": np.ones(2)}
    diagnoses = [diagnosis("flag", "co2"), diagnosis("flag", "ch4", column="diag_gas_2")]
    counts, values, _ = drop_flagged(data, diagnoses)
    assert counts == {"co2": 1, "ch4": 2}
    assert values == {"INSTRUMENT_STATUS_NUM": 3.0}


def test_weak_signals():
    """Too little of a signal, or too much of a gain; a missing one says nothing."""
    x = np.arange(4.0)
    assert drop_weak(x, np.array([0.9, 0.6, np.nan, 0.7]), low=0.7, high=1.1) == 1
    np.testing.assert_array_equal(x, [0.0, np.nan, 2.0, 3.0])


def test_words_and_signals_through_the_chain():
    """Samples go, counts and means come out under their names."""
    data = mast.seen(mast.air())
    data["diag_gas"] = np.full(mast.N, 255.0)
    data["diag_gas"][:50] = 255 - 128
    data["signal_co2"] = np.full(mast.N, 0.95)
    data["signal_co2"][100:130] = 0.3
    data["diag_sonic"] = np.zeros(mast.N)
    data["diag_sonic"][:7] = 4
    site = mast.make_site(
        columns={
            "diag_gas": mast.column("1", instrument="g"),
            "signal_co2": mast.column("1"),
            "diag_sonic": mast.column("1"),
        },
        condition={"despiking": "none", "signal_limits": {"co2": (0.7, 1.1)}},
    )
    moments = condense(mast.dataset(data), site)
    diagnosed = dict(zip(moments["variable"].values, moments["diagnosed"].values[0], strict=True))
    assert {k: diagnosed[k] for k in ("u", "co2", "h2o")} == {"u": 7, "co2": 80, "h2o": 50}
    fluxes = decide(moments, site)
    assert fluxes["LI7500_CHOPPER_NUM"][0] == 50
    assert fluxes["LI7500_DETECTOR_NUM"][0] == 0
    assert fluxes["LI7500_SIGNAL"][0] == pytest.approx(100.0)
    assert fluxes["CO2_SIGNAL_STRENGTH"][0] == pytest.approx(0.95 - 0.65 * 30 / mast.N)
    assert fluxes["INSTRUMENT_STATUS_NUM"][0] == 7
    assert "in firmware" in fluxes.attrs["sonic_corrections"]


def test_each_analyser_has_its_own_word():
    other = {"kind": "gas_analyser", "id": "m", "model": "li-7700"}
    site = mast.make_site(
        gases=("co2", "h2o"),
        instruments=[mast.SONIC, mast.OPEN, other],
        columns={
            "ch4": {"column": "ch4", "unit": "mol m-3", "instrument": "m", "lag": mast.LAG},
            "diag_gas": mast.column("1", instrument="g"),
            "diag_gas_2": mast.column("1", instrument="m"),
        },
    )
    data = mast.seen(mast.air(n=2000))
    n = data["u"].size
    data |= {"ch4": np.full(n, 8e-5), "diag_gas": np.full(n, 255.0), "diag_gas_2": np.zeros(n)}
    data["diag_gas_2"][:20] = 1 << 14
    data["diag_gas"][5:10] = 0.0
    from fluxkit.tower.station_condenser import Condenser

    _, done = Condenser(site).condition(data)
    assert {k: done.diagnosed[k] for k in ("co2", "h2o", "ch4")} == {"co2": 5, "h2o": 5, "ch4": 20}
    assert done.words["LI7700_NO_SIGNAL_NUM"] == 20
