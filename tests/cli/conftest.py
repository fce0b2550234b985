"""The command line, called within the process."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fluxkit.cli.main import main
from fluxkit.synthetic.tower import make_day

Answer = tuple[int, str, str]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Calls ``fluxkit``; returns exit code, standard output and error."""

    def called(*arguments: object) -> Answer:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return called


@pytest.fixture(scope="session")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One half hour of a synthetic tower; its configuration."""
    return make_day(tmp_path_factory.mktemp("station"), hours=0.5, start="2024-07-01T12:00", seed=5)
