"""Which raw files a project reads."""

import pytest

from fluxkit.errors import ConfigError
from fluxkit.site.eddypro.ledger import Ledger
from fluxkit.site.eddypro.raw_files import raw_layout

METADATA = """;GHG_METADATA
[Files]
tstamp_end=1
[Timing]
acquisition_frequency=10.0
file_duration=30
[FileDescription]
separator=comma
header_rows=2
col_1_variable=u
col_2_variable=v
col_3_variable=w
"""


@pytest.fixture
def layout(tmp_path):
    def _layout(*lines: str):
        project, metadata = tmp_path / "p.eddypro", tmp_path / "p.metadata"
        project.write_text("\n".join([";EDDYPRO_PROCESSING", "[Project]", *lines]) + "\n")
        metadata.write_text(METADATA)
        book = Ledger(project, "project")
        return raw_layout(book, Ledger(metadata, "metadata")), {note.key: note for note in book.notes()}

    return _layout


COMMON = {"rate": 10.0, "file_minutes": 30.0, "name_time_is": "end"}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (1, {"format": "delimited", "delimiter": ",", "header_rows": 2}),
        (3, {"format": "slt"}),
        (4, {"format": "edisol"}),
    ],
)
def test_file_types(layout, code, expected):
    assert layout(f"file_type={code}")[0] == COMMON | expected


@pytest.mark.parametrize(("size", "name"), [(2, "int16"), (4, "float32")])
def test_generic_binary(layout, size, name):
    lines = [f"binary_nbytes={size}", "binary_hnlines=3", "binary_eol=0", "binary_little_end=0"]
    found, notes = layout("file_type=5", *lines)
    assert found == COMMON | {
        "format": "binary",
        "number_types": name,
        "record_bytes": 3 * size,
        "byte_order": "big",
        "header_rows": 3,
    }
    assert notes["project:Project.binary_nbytes"].verdict == "near"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("file_type=5", "binary_nbytes=8"), "binary_nbytes: found 8; allowed: 2, 4"),
        (("file_type=5", "binary_nbytes=2", "binary_eol=2"), "binary_eol: found 2: lines that end with CR"),
        (("file_type=9",), r"file_type: found 9 \(unknown\)"),
    ],
)
def test_what_is_refused(layout, lines, message):
    with pytest.raises(ConfigError, match=message):
        layout(*lines)
