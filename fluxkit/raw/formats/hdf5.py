"""Variables of HDF5 files, read by a process of its own.

Damaged bytes may bring the HDF5 library down or keep it busy for ever. Here that ends the helper and
costs the file, not the run. One helper serves all files of a process.
"""

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents

#: Fewer, larger pieces: a file's way through a pipe of the usual size costs as much as reading it. [bytes]
_PIPE_BYTES = 2**20


@dataclass(frozen=True)
class Hdf5Variable:
    """One variable, as the helper lists it."""

    name: str  #: with its groups, /
    dims: list[str]  #: names of its one or two dimensions
    shape: list[int]
    text: bool  #: whether its values are texts
    unit: str  #: "" if it tells none
    piece: int = 0  #: values that are stored together, 0 if all are


class Helper:
    """The other process, started when first needed.

    Parameters
    ----------
    patience : float
        Longest time to wait for an answer. [s]
    """

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0  # the process that started it: one that was forked needs its own
        self._content: Contents | None = None
        self._lock = threading.Lock()

    def listing(self, content: Contents) -> list[Hdf5Variable]:
        """List the variables of a file with one dimension or two.

        Raises
        ------
        ReadError
            The file is damaged or cut.
        """
        with self._lock:
            return [Hdf5Variable(**entry) for entry in self._opened(content)["variables"]]

    def values(self, content: Contents, names: Sequence[str], scaled: bool) -> list[npt.NDArray[Any]]:
        """Values of variables: bytes of texts, or numbers; scaled ones are floats with NaN where masked.

        All in one answer: each question costs as much as reading a variable.

        Raises
        ------
        ReadError
            A variable is damaged.
        """
        with self._lock:
            if self._content is not content or self._owner != os.getpid():
                self._opened(content)
            answer, body = self._asked(content, {"load": list(names), "scaled": scaled})
        found = []
        place = 0
        for told in answer["variables"]:
            kind = np.dtype(told["type"])
            found.append(np.frombuffer(body, kind, told["bytes"] // kind.itemsize, place))
            place += told["bytes"]
        return found

    def stop(self) -> None:
        """End the helper."""
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.communicate()
        self._process, self._content = None, None

    def _opened(self, content: Contents) -> dict[str, Any]:
        self._content = None
        answer, _ = self._asked(content, {"open": len(content.data)}, content.data)
        self._content = content
        return answer

    def _asked(
        self, content: Contents, request: dict[str, Any], data: bytes = b""
    ) -> tuple[dict[str, Any], bytes]:
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        watch = threading.Timer(self.patience, process.kill)
        watch.start()
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n" + data)
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            body = process.stdout.read(answer.get("bytes", 0))
            gave_up = len(body) < answer.get("bytes", 0)
        except (OSError, ValueError):  # it ended before its answer did
            answer, body, gave_up = {}, b"", True
        finally:
            watch.cancel()
        if gave_up:
            self.stop()
        if gave_up or "error" in answer:
            why = answer.get("error", "the HDF5 library gave up")
            raise ReadError(content.source, f"is damaged or cut ({why}): copy the file again")
        return answer, body

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            self._content = None
            self._owner = os.getpid()
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "fluxkit.raw.formats.hdf5_child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pipesize=_PIPE_BYTES,
            )
        return self._process


#: Serves all files of this process; a day of many variables takes seconds.
HELPER = Helper(patience=60.0)
atexit.register(HELPER.stop)
