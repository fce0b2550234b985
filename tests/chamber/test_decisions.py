import numpy as np
import pytest

from fluxkit.chamber.campaign.decision_table import (
    COLUMNS,
    decisions_as_text,
    parse_decisions,
    read_decisions,
)
from fluxkit.chamber.decisions import apply
from fluxkit.errors import ConfigError

TEXT = """\
closure,start,gas,action,window_start,window_end,model,reason
A1,2026-07-01T10:00:00Z,,discard,,,,"fan stopped, lid open"
B2,,co2,,20,150.5,linear,
B2,,ch4,keep,,,,

A1,2026-07-02T10:00:00Z,ch4,,5,,,
"""
IDS = np.array(["A1", "A1", "B2"])
STARTS = np.array(["2026-07-01T10:00:04", "2026-07-02T10:00:00", "2026-07-02T11:00:00"], "M8[ns]")


def test_decisions_reach_their_closures():
    found = apply(parse_decisions(TEXT, "decisions.csv"), IDS, STARTS, ["co2", "ch4"])
    np.testing.assert_array_equal(found.discarded, [[True, True], [False, False], [False, False]])
    np.testing.assert_array_equal(found.kept, [[False, False], [False, False], [False, True]])
    np.testing.assert_array_equal(found.window_start, [[np.nan] * 2, [np.nan, 5], [20, np.nan]])
    np.testing.assert_array_equal(found.window_end, [[np.nan] * 2, [np.nan] * 2, [150.5, np.nan]])
    np.testing.assert_array_equal(found.model, [["", ""], ["", ""], ["linear", ""]])
    assert found.reason[0, 0] == "fan stopped, lid open"
    assert found.unused == ()


def test_the_last_word_counts_and_others_stay():
    text = "closure,action,model\nB2,discard,hm\nB2,keep,\n"
    found = apply(parse_decisions(text, "x"), IDS, STARTS, ["co2"])
    assert found.kept[2, 0]
    assert not found.discarded[2, 0]
    assert found.model[2, 0] == "hm"


def test_decisions_without_a_closure_are_told():
    text = "closure,start,gas,action\nZ,,,keep\nB2,,n2o,keep\nA1,,,keep\nA1,2026-07-09T10:00:00Z,,keep\n"
    found = apply(parse_decisions(text, "x"), IDS, STARTS, ["co2"])
    assert len(found.unused) == 4
    assert "'Z'" in found.unused[0]
    assert "no gas 'n2o'" in found.unused[1]
    assert not found.kept.any()


def test_a_table_survives_being_written():
    decisions = parse_decisions(TEXT, "x")
    assert decisions_as_text(parse_decisions(decisions_as_text(decisions), "x")) == decisions_as_text(
        decisions
    )
    assert decisions_as_text(decisions).splitlines()[0] == ",".join(COLUMNS)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("A,,,drop,,,,", "action 'drop'; allowed: keep, discard"),
        (",,,keep,,,,", "no closure"),
        ("A,,,,x,,,", "window_start 'x' is not a number"),
        ("A,,,,inf,,,", "window_start 'inf' is not a number"),
        ("A,,,,9,3,,", "ends .3 s. before it begins"),
        ("A,yesterday,,,,,,", "not a UTC time"),
        ("A,,,,,,cubic,", "model 'cubic'; allowed: linear, hm"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(line, words):
    with pytest.raises(ConfigError, match=f"decisions.csv: line 2: .*{words}"):
        parse_decisions(",".join(COLUMNS) + "\n" + line + "\n", "decisions.csv", ["linear", "hm"])


def test_many_bad_lines_do_not_fill_the_screen():
    with pytest.raises(ConfigError) as caught:
        parse_decisions("closure,action\n" + "A,x\n" * 500, "d.csv")
    assert len(caught.value.problems) == 21


def test_reading_tells_what_lacks(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_decisions(tmp_path / "none.csv")
    (tmp_path / "d.csv").write_text("plot,action\n1,keep\n")
    with pytest.raises(ConfigError, match="no column 'closure'"):
        read_decisions(tmp_path / "d.csv")
    (tmp_path / "d.csv").write_bytes(b"\xef\xbb\xbfclosure,action\r\nB2,keep\r\n")
    assert read_decisions(tmp_path / "d.csv")[0].action == "keep"
