import pytest

from fluxkit.archive.folder.summaries import Rejected, Summary, part_path, read_summaries, write_summary
from fluxkit.archive.inputs import Input
from fluxkit.errors import MomentsError
from fluxkit.raw.samples import Problem

PROBLEM = Problem("raw/a.dat", 7, "line", "a reason, with «signs»")
SUMMARY = Summary(
    "2024-07-01",
    48,
    47,
    inputs=(Input("raw/a.dat", "ab" * 32, 12, "partly", "12-99"),),
    problems=(PROBLEM,),
    rejected=(Rejected("2024-07-01T12:00", PROBLEM),),
    moments="cd" * 32,
    key={"version": "1"},
)


def test_a_summary_is_read_as_it_was_written(tmp_path):
    write_summary(SUMMARY, tmp_path)
    part_path(tmp_path, "2024-07-01").touch()
    assert read_summaries(tmp_path) == [SUMMARY]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"date": "2024-07-01"}'])
def test_a_damaged_summary_is_told(tmp_path, text):
    path = part_path(tmp_path, "2024-07-01")
    path.parent.mkdir(parents=True)
    path.touch()
    path.with_suffix(".json").write_text(text)
    with pytest.raises(MomentsError, match=r"2024-07-01\.json: missing or damaged .*condense again"):
        read_summaries(tmp_path)
