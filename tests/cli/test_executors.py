"""Options on who works, and commands that are interrupted."""

import signal
import sys

import pytest
import typer

from fluxkit.cli.executors import client_of, ending_in_order
from fluxkit.errors import ConfigError


def test_a_share_that_is_none_ends_with_2(call, station, tmp_path):
    code, _, err = call("condense", station, "-o", tmp_path, "--shard", "9/4")
    assert code == 2
    assert "'9/4' is no share: give number/of how many" in err
    assert list(tmp_path.iterdir()) == []


def test_the_last_shard_is_told_what_comes_next(call, station, tmp_path):
    code, out, _ = call("condense", station, "-o", tmp_path, "--shard", "1/1")
    assert code == 0
    assert f"next: fluxkit decide {station} -o {tmp_path}, when all 1 shards are done" in out


def test_a_scheduler_that_does_not_answer_ends_with_2(call, station, tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("fluxkit.archive.condensing.dask_pool.PATIENCE", 0.5)
    code, _, err = call("run", station, "-o", tmp_path / "out", "--scheduler", "tcp://127.0.0.1:9")
    assert code == 2
    assert "--scheduler tcp://127.0.0.1:9: no scheduler answers" in err
    assert not (tmp_path / "out").exists()


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.delitem(sys.modules, "fluxkit.archive.condensing.dask_pool", raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match=r"pip install 'fluxkit\[dask\]'"), client_of("tcp://127.0.0.1:9"):
        pass


def test_without_a_scheduler_there_is_no_client():
    with client_of(None) as client:
        assert client is None


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_command_with_a_word_on_how_to_go_on(number, code, capsys):
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(typer.Exit) as ended, ending_in_order():
        signal.raise_signal(number)
    assert ended.value.exit_code == code
    assert "finished days are kept: run the same command again to continue" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is before
