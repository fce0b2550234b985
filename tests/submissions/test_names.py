"""Names of the upload standard."""

import csv
from pathlib import Path

import pytest

from fluxkit.submissions.names import parsed, variables


def test_the_table_is_the_standards(shared: Path) -> None:
    with (shared / "data" / "ecosystem" / "ameriflux_fp_variables.csv").open(encoding="utf-8") as file:
        rows = {row["name"]: row for row in csv.DictReader(file) if not row["name"].startswith("TIMESTAMP")}
    assert set(variables()) == set(rows)
    for name, known in variables().items():
        low, high = rows[name]["min"], rows[name]["max"]
        assert known.low == (float("-inf") if low == "NA" else float(low))
        assert known.high == (float("inf") if high == "NA" else float(high))


@pytest.mark.parametrize(
    ("text", "base", "filled", "place"),
    [
        ("FC", "FC", False, ""),
        ("TS_1_2_1", "TS", False, "position"),
        ("TA_F_1_1_1", "TA", True, "position"),
        ("SWC_2", "SWC", False, "layer"),
        ("SWC_2_SD", "SWC", False, "layer"),
        ("TS_1_2_A_N", "TS", False, "aggregate"),
        ("FC_SSITC_TEST", "FC_SSITC_TEST", False, ""),
        ("T_SONIC_SIGMA", "T_SONIC_SIGMA", False, ""),
        ("CO2_MIXING_RATIO_1_1_1", "CO2_MIXING_RATIO", False, "position"),
    ],
)
def test_what_is_taken(text: str, base: str, filled: bool, place: str) -> None:
    name = parsed(text)
    assert name.known
    assert name.variable is not None
    assert (name.variable.name, name.filled, name.place) == (base, filled, place)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("FC_QC", "_QC"), ("NEE_PI", "_PI"), ("TA_IU_1_1_1", "_IU"), ("TA_PI_F_1_1_1", "_PI"),
        ("FC_UNCORR", "no qualifier"), ("TS_1_1", "no qualifier"), ("TS_1_1_1_F", "no qualifier"),
        ("co2_flux", "no variable"), ("USTR", "the nearest is USTAR"), ("", "no variable"),
        ("TA_", "no qualifier"),
    ],
)  # fmt: skip
def test_what_is_not_taken(text: str, says: str) -> None:
    assert says in parsed(text).fault
