"""EddyPro 6's time-lag optimisation: its keys and its file."""

from datetime import date
from pathlib import Path

import pytest

from fluxkit.errors import ConfigError
from fluxkit.site.eddypro.ledger import Ledger
from fluxkit.site.eddypro.time_lags import read_time_lags, time_lag

PROJECT = """[RawProcess_Settings]
tlag_meth={method}
[RawProcess_TimelagOptimization_Settings]
to_mode={mode}
to_file={file}
to_h2o_nclass=10
to_co2_min_flux=3.0
to_pg_range=2
to_co2_min_lag=-1.0
to_co2_max_lag=2.0
to_ch4_min_lag=-1000.1
to_ch4_max_lag=-1000.1
to_subset={subset}
to_start_date=2024-03-01
to_start_time=00:00
"""
LAGS = """Time-lag_optimisation_results
Plausibility_range_[timefolds_standard_deviation]:   1.50

Number_of_timelags_used_for_co2: 5611
Median_co2_timelag_[s]:  6.10
Mimimum_co2_timelag_[s]:  5.66
Maximum_co2_timelag_[s]:  6.54

H2O_timelag_determinations_as_a_function_of_relative_humidity
Classes with numerosity < 30 are inferred (see software documentation)
class     RH-range       med_h2o       min_h2o       max_h2o     class_num
    1     0 - 50%           6.50          6.10          7.00            3
    2    50 - 100%          8.00          6.50         12.00          900
"""


def ledger(folder: Path, *, method: int = 4, mode: int = 1, file: str = "", subset: int = 0) -> Ledger:
    path = folder / "x.eddypro"
    path.write_text(PROJECT.format(method=method, mode=mode, file=file, subset=subset))
    return Ledger(path, "project")


def test_keys_become_settings(tmp_path):
    book = ledger(tmp_path, subset=1)
    found = time_lag(book)
    assert found["spread"] == 2.0
    assert found["search"] == {"co2": (-1.0, 2.0)}
    assert found["min_flux"] == {"co2": 3.0, "ch4": 0.2, "n2o": 0.02, "h2o": 20.0}
    assert found["start"] == date(2024, 3, 1)
    verdicts = {note.key.rpartition(".")[2]: note.verdict for note in book.notes()}
    assert verdicts["to_pg_range"] == "same"
    assert verdicts["to_h2o_nclass"] == verdicts["to_start_date"] == "near"


def test_without_optimisation_its_keys_have_no_effect(tmp_path):
    book = ledger(tmp_path, method=2)
    assert time_lag(book) == {}
    assert {note.verdict for note in book.notes()} == {"same"}


def test_lags_found_by_that_program_are_read(tmp_path):
    (tmp_path / "lags.txt").write_text(LAGS)
    found = time_lag(ledger(tmp_path, mode=0, file="C:\\out\\lags.txt"))["windows"]
    assert found == {"co2": [(6.1, 5.66, 6.54)], "h2o": [(6.5, 6.1, 7.0), (8.0, 6.5, 12.0)]}


def test_what_is_wrong_with_a_file_is_said(tmp_path):
    with pytest.raises(ConfigError, match=r"to_file: no such file: .*lags\.txt"):
        time_lag(ledger(tmp_path, mode=0, file="lags.txt"))
    path = tmp_path / "lags.txt"
    with pytest.raises(ConfigError, match="cannot be read"):
        read_time_lags(path)
    path.write_text("nothing of the kind")
    with pytest.raises(ConfigError, match="no time lags"):
        read_time_lags(path)
    path.write_text(LAGS.replace("8.00 ", "-9999.00"))
    with pytest.raises(ConfigError, match=r"h2o in class 2: found '-9999\.00'"):
        read_time_lags(path)
    path.write_text(LAGS.replace("Maximum", "Largest"))
    with pytest.raises(ConfigError, match="lag of co2: needs Median"):
        read_time_lags(path)
