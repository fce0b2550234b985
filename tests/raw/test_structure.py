import pytest

from fluxkit.raw.text.structure import structure_of


@pytest.mark.parametrize(
    ("text", "delimiter", "rows", "names", "units", "kinds"),
    [
        ("u,v\n1,2\n3,4\n", ",", 1, ("u", "v"), None, "nn"),
        ("1,2\n3,4\n", ",", 0, None, None, "nn"),
        ("u;v\nm/s;m/s\n1,5;2,5\n3;-4,1\n", ";", 2, ("u", "v"), ("m/s", "m/s"), "nn"),
        ("a\tb\n1\t\n3\tNAN\n", "\\t", 1, ("a", "b"), None, "nm"),
        ("  1.0  2e5 -3\n  1.0  2 -3\n", "whitespace", 0, None, None, "nnn"),
        (
            "# made by x, y and z\nt,u\n2020-01-01 00:00:00.1,1\n2020-01-01 00:00:01,NAN\n",
            ",",
            2,
            ("t", "u"),
            None,
            "sn",
        ),
        ("st,u\nab,1\ncd,1\n", ",", 1, ("st", "u"), None, "tn"),
    ],
)
def test_structures(text, delimiter, rows, names, units, kinds):
    found = structure_of(text.encode(), whole=True)
    assert (found.delimiter, found.header_rows, found.names, found.units) == (delimiter, rows, names, units)
    assert found.kinds == kinds


def test_time_column():
    found = structure_of(b"1,06/24/2023 05:28:34.903,2\n" * 3, whole=True)
    assert found.time_column == 2


def test_cut_last_line_does_not_count():
    assert structure_of(b"a,b\n1,2\n1,2\n1").kinds == "nn"


@pytest.mark.parametrize("text", ["", "words only\nand more\n", "1\n2\n3\n", "a,b\n", "x\x00,1\n"])
def test_no_structure(text):
    assert structure_of(text.encode(), whole=True) is None
