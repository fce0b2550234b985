import gzip

import numpy as np
import pandas as pd

from fluxkit.synthetic.writers import Field, time_stamps, write_table, write_toa5

FIELDS = (Field("Uz", "m/s", 3), Field("diag", "unitless", 0))


def test_stamps_drop_the_fraction_on_whole_seconds():
    stamps = time_stamps(np.datetime64("2024-07-01T23:59:59.9"), 3, 10.0)
    assert stamps == ["2024-07-01 23:59:59.9", "2024-07-02 00:00:00", "2024-07-02 00:00:00.1"]
    assert time_stamps(np.datetime64("2024-07-01T00:00:00"), 2, 20.0)[1] == "2024-07-01 00:00:00.05"


def test_toa5_text(tmp_path):
    path = tmp_path / "a.dat"
    stamps = time_stamps(np.datetime64("2024-07-01T00:00:00.9"), 2, 10.0)
    write_toa5(path, FIELDS, [np.array([-0.0001, np.nan]), np.array([0.0, 63.0])], stamps, first_record=7)
    lines = path.read_bytes().decode().split("\r\n")
    assert lines[0].startswith('"TOA5","XX-Dem","CR6"')
    assert lines[1:] == [
        '"TIMESTAMP","RECORD","Uz","diag"',
        '"TS","RN","m/s","unitless"',
        '"","","Smp","Smp"',
        '"2024-07-01 00:00:00.9",7,0.000,0',
        '"2024-07-01 00:00:01",8,"NAN",63',
        "",
    ]


def test_csv_text_and_repeatable_gzip(tmp_path):
    columns = [np.array([1.23456, np.nan]), np.array([0.0, 1.0])]
    write_table(tmp_path / "a.csv.gz", FIELDS, columns)
    write_table(tmp_path / "b.csv.gz", FIELDS, columns)
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()
    text = gzip.decompress((tmp_path / "a.csv.gz").read_bytes()).decode()
    assert text == "Uz,diag\nm/s,unitless\n1.235,0\n-9999,1\n"
    df = pd.read_csv(tmp_path / "a.csv.gz", skiprows=[1], na_values=["-9999"])
    assert np.isnan(df["Uz"].iloc[1])
