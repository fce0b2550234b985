"""What is printed never moves a terminal's cursor."""

import json
import logging

import pytest

from fluxkit.cli.logs import JsonLines, PlainLines
from fluxkit.cli.telling import json_text, tell

NAME = "a\x1b]0;title\x07b\x9bc\u202ed\x7f.dat"


def test_lines_stay_lines(capsys):
    tell(f"one\n{NAME}")
    assert capsys.readouterr().out == "one\na\\x1b]0;title\\x07b\\x9bc\\u202ed\\x7f.dat\n"


def test_json_is_read_back_as_it_was():
    text = json_text({"path": NAME}, 1)
    assert json.loads(text) == {"path": NAME}
    assert not set(text) & {"\x1b", "\x9b", "\x7f", "\u202e"}


@pytest.mark.parametrize("formatter", [PlainLines(), JsonLines()])
def test_log_lines(formatter):
    record = logging.LogRecord("fluxkit", logging.WARNING, "", 0, "%s is left out", (NAME,), None)
    assert not set(formatter.format(record)) & {"\x1b", "\x9b", "\x7f", "\u202e"}


def test_a_command_tells_a_name_with_escape_sequences(call, tmp_path):
    path = tmp_path / "x\x1b[31mred.dat"
    path.write_bytes(b"nothing of this is a file of a logger\n")
    _, out, err = call("inspect", path)
    assert "\x1b" not in out + err
    assert "\\x1b[31mred.dat" in out + err
