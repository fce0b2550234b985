"""Health of instruments: what a page tells of them, and when it is silent."""

import numpy as np
import xarray as xr

from fluxkit.report.health import health_section
from fluxkit.report.web.parts import Lines, Table, Words


def made(**more: np.ndarray) -> xr.Dataset:
    values = {"FILE_RECORDS": np.full(4, 36000.0), "USED_RECORDS": np.full(4, 35990.0)} | more
    return xr.Dataset({name: ("time", x) for name, x in values.items()})


def test_counters_signals_spikes_and_noise_are_told():
    fluxes = made(
        CO2_SIGNAL_STRENGTH=np.array([98.0, 97.0, np.nan, 60.0]),
        CSAT3_AMPLITUDE_LOW_NUM=np.array([0.0, 3.0, 4.0, 0.0]),
        CSAT3_LOCK_NUM=np.zeros(4),
        W_NUM_SPIKES=np.ones(4),
        CO2_NOISE=np.full(4, 0.02),
        FC_UNC_NOISE=np.ones(4),
    )
    section = health_section(fluxes, {"doubts": ["the clock is an hour off"]})
    words, records, flagged, table, signal, spikes, noise = section.figures
    assert isinstance(words, Words)
    assert words.sentences == ["the clock is an hour off"]
    assert [one.column for one in records.series] == ["FILE_RECORDS", "USED_RECORDS"]
    assert [one.column for one in flagged.series] == ["CSAT3_AMPLITUDE_LOW_NUM"]  # silent ones are no line
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == ["CSAT3_AMPLITUDE_LOW_NUM", "CSAT3_LOCK_NUM"]
    assert table.rows[0][2:] == ["7", "2"]
    assert [part.series[0].column for part in (signal, spikes, noise)] == [
        "CO2_SIGNAL_STRENGTH",
        "W_NUM_SPIKES",
        "CO2_NOISE",
    ]


def test_as_many_in_one_figure_as_colours_tell_apart():
    fluxes = made(**{f"X{k}_NUM_SPIKES": np.ones(4) for k in range(8)})
    drawn = [part for part in health_section(fluxes, {}).figures if isinstance(part, Lines)]
    assert [len(part.series) for part in drawn] == [2, 6, 2]


def test_silence_where_nothing_is_known():
    assert health_section(xr.Dataset(), {}) is None
    (words,) = health_section(xr.Dataset(), {"doubts": []}).figures
    assert "nothing wrong" not in words.sentences[0]
    assert words.sentences[0].startswith("No check")
