import pytest

from fluxkit.site.name_pattern import files_pattern, guess_pattern, has_year


@pytest.mark.parametrize(
    ("name", "pattern", "files"),
    [
        ("2018-07-20T083000.csv.gz", "%Y-%m-%dT%H%M%S.csv.gz", "*.csv.gz"),
        ("synA_202506120000.csv.gz", "synA_%Y%m%d%H%M.csv.gz", "synA_*.csv.gz"),
        (
            "TOA5_6843.ts_Above_2012_06_07_1245.dat",
            "TOA5_6843.ts_Above_%Y_%m_%d_%H%M.dat",
            "TOA5_6843.ts_Above_*.dat",
        ),
        ("DE-HoH_EC_201907301200_v01.csv", "DE-HoH_EC_%Y%m%d%H%M_v01.csv", "DE-HoH_EC_*_v01.csv"),
        ("Sonic_2026-03-26_00-03-23.dat.gz", "Sonic_%Y-%m-%d_%H-%M-%S.dat.gz", "Sonic_*.dat.gz"),
        ("x-10Hz-2023-06-24-03-30_LGRData.txt", "x-10Hz-%Y-%m-%d-%H-%M_LGRData.txt", "x-10Hz-*_LGRData.txt"),
        ("161210_000000.str.gz", "%y%m%d_%H%M%S.str.gz", "*.str.gz"),
        ("W20163280930.slt", "W%Y%j%H%M.slt", "W*.slt"),
        ("G1040030.RAW.gz", "G%j%H%M.RAW.gz", "G*.RAW.gz"),
        ("20190701.12.csv", "%Y%m%d.%H.csv", "*.csv"),
        ("100%_20190701.csv", "100%%_%Y%m%d.csv", "100%_*.csv"),
    ],
)
def test_guess(name, pattern, files):
    assert guess_pattern(name) == pattern
    assert files_pattern(pattern) == files


@pytest.mark.parametrize("name", ["data.csv", "TOA5_6843.dat", "run_99999999.csv", "site_20191399.csv"])
def test_no_date(name):
    assert guess_pattern(name) is None


def test_year():
    assert has_year("%Y%m%d")
    assert has_year("%y%m%d")
    assert not has_year("G%j%H%M%%y")
