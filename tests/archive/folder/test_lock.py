import pytest

from fluxkit.archive.folder.lock import locked
from fluxkit.errors import ConfigError, LockedError


def test_a_folder_that_is_held_is_refused(tmp_path):
    with (
        locked(tmp_path / "out"),
        pytest.raises(LockedError, match=r"out: another run works in this folder .*another folder"),
        locked(tmp_path / "out"),
    ):
        pass


def test_a_folder_is_free_after_an_error_and_another_folder_always(tmp_path):
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "out"):
        raise ZeroDivisionError
    with locked(tmp_path / "out"), locked(tmp_path / "other"):
        assert (tmp_path / "other").is_dir()


def test_a_lock_file_that_was_left_behind_locks_nothing(tmp_path):
    (tmp_path / ".fluxkit.lock").touch()
    with locked(tmp_path):
        assert (tmp_path / ".fluxkit.lock").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be written to"), locked(tmp_path / "file" / "out"):
        pass
