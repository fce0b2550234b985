import numpy as np
import pytest

from fluxkit.errors import UnknownFormatError
from fluxkit.raw.inspection import inspect

RAW = "data/ec_raw/"


def test_stamped_file(write):
    clock = np.datetime64("2020-01-01T12:00", "ms") + np.arange(100) * np.timedelta64(50, "ms")
    lines = [
        "time,u,flag,note,ch5",
        *(f"{str(t).replace('T', ' ')},{k % 7},1,ok," for k, t in enumerate(clock)),
    ]
    lines[30] = lines[30].replace(",1,ok", ",x,ok")
    lines[40] = str(clock[39]).replace("T", " ") + ",-9999,1,ok,"
    del lines[60:70]
    found = inspect(write(lines))
    assert (found.format, found.delimiter, found.header_rows, found.names_row) == ("delimited", ",", 1, 1)
    assert (found.records, found.rate, found.gaps, found.lost, found.repeated) == (90, 20.0, 1, 10, 0)
    assert (found.first, found.last) == (clock[0], clock[-1])
    assert found.time_column == 1
    assert found.missing_codes == ("-9999",)
    assert [c.kind for c in found.columns] == ["stamp", "number", "number", "text", "empty"]
    u, flag = found.columns[1:3]
    assert (u.minimum, u.maximum, u.constant) == (0.0, 6.0, False)
    assert u.missing == pytest.approx(1 / 90)
    assert flag.constant
    assert [(p.line, p.lost) for p in found.problems] == [(31, "value")]


def test_bare_file(write):
    found = inspect(write(["1.5 2", "2.5 2", "3.5 2"]))
    assert (found.format, found.delimiter, found.header_rows, found.names_row) == (
        "delimited",
        "whitespace",
        0,
        None,
    )
    assert (found.rate, found.first, found.gaps) == (None, None, None)
    assert [(c.position, c.name, c.minimum, c.mean) for c in found.columns] == [
        (1, "", 1.5, 2.5),
        (2, "", 2.0, 2.0),
    ]


def test_code_needs_to_stand_apart(write):
    found = inspect(write(["a,b", *(f"{k},{k % 2}" for k in range(9990, 10010))]))
    assert found.missing_codes == ()


def test_ragged_records_are_told(write):
    found = inspect(write(["a,b", "1,2", "1", *["1,2"] * 5]))
    assert [(p.line, p.lost) for p in found.problems] == [(3, "line")]


def test_no_text(write):
    with pytest.raises(UnknownFormatError, match="known formats"):
        inspect(write("no table at all\n"))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("real/TOA5_6843.ts_Above_2012_06_07_1245.dat", ("toa5", 18_000, 20.0, 10, 0)),
        ("real/DE-HoH_EC_201907301200_v01.csv", ("icos", 36_000, None, 12, None)),
        ("synthetic_A/synA_202506120630.csv.gz", ("delimited", 18_000, None, 8, None)),
        ("ameriflux_gold_openpath/raw/G1041200.RAW.gz", ("delimited", 17_999, None, 21, None)),
        ("finse_10hz/raw/2018-07-20T083000.csv.gz", ("delimited", 18_000, 10.0, 7, 0)),
        (
            "real/exampledata_GENERIC-TXT-EDDY-COVARIANCE-10Hz-2023-06-24-03-30_LGRData.txt",
            ("delimited", 17_932, 10.0, 19, 73),
        ),
        ("ch_das_20hz_bico/example_input_file.csv.gz", ("bico", 30_000, 20.0, 32, 0)),
        (
            "thuenen_toa5_slow/CampbellScientific_HC2S3_20161201-000000.dat.gz",
            ("toa5", 11_520, 1 / 30, None, 0),
        ),
    ],
)
def test_measured_files(shared, path, expected):
    found = inspect(shared / RAW / path)
    name, records, rate, columns, lost = expected
    assert (found.format, found.records, found.lost) == (name, records, lost)
    assert found.rate == (None if rate is None else pytest.approx(rate))
    assert columns is None or len(found.columns) == columns


def test_units_of_a_toa5_header(shared):
    found = inspect(shared / RAW / "real/TOA5_6843.ts_Above_2012_06_07_1245.dat")
    units = {c.name: c.unit for c in found.columns}
    assert units["co2"] == "mg/m^3"
    assert units["Ts"] == "C"
