import pytest

from fluxkit.site.eddypro.raw_files import name_pattern, stored_as


@pytest.mark.parametrize(
    ("prototype", "pattern"),
    [
        ("synA_yyyymmddHHMM.csv", "synA_%Y%m%d%H%M.csv"),
        ("TOA5_6843.ts_Above_yyyy_mm_dd_HHMM.dat", "TOA5_6843.ts_Above_%Y_%m_%d_%H%M.dat"),
        ("yyyy-mm-ddTHHMM??_AIU-1359.ghg", "%Y-%m-%dT%H%M??_AIU-1359.ghg"),
        ("rawyyyymmddHHMM.dat", "raw%Y%m%d%H%M.dat"),
        ("Wyyyyddd_HHMM.slt", "W%Y%j_%H%M.slt"),
        ("hammond_add_yymmdd-HHMM.csv", "hammond_add_%y%m%d-%H%M.csv"),
        ("5%_yyyymmdd.csv", "5%%_%Y%m%d.csv"),
    ],
)
def test_prototype(prototype, pattern):
    assert name_pattern(prototype) == pattern


def test_compressed_files_are_noticed(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("a_201901010000.csv.gz", "in/a_201901010030.csv.gz"):
        (tmp_path / name).touch()
    assert stored_as("a_%Y%m%d%H%M.csv", tmp_path, recurse=False) == ("a_%Y%m%d%H%M.csv.gz", 1)
    assert stored_as("a_%Y%m%d%H%M.csv", tmp_path, recurse=True) == ("a_%Y%m%d%H%M.csv.gz", 2)
    assert stored_as("b_%Y%m%d%H%M.csv", tmp_path, recurse=True) == ("b_%Y%m%d%H%M.csv", 0)
