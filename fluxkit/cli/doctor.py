"""Whether this machine suits: versions, extras, kernels, folders, memory, the terminal."""

import importlib.util
import locale
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from fluxkit.cli.table import print_table
from fluxkit.cli.telling import tell
from fluxkit.locations import location, on_store
from fluxkit.schema import provenance

#: What an extra brings: modules, and what is not to be had without.
EXTRAS = {
    "dask": (("dask", "distributed"), "run and condense with --scheduler"),
    "parquet": (("pyarrow",), "raw files in Parquet, export --as parquet"),
    "zarr": (("zarr",), "export --as zarr"),
    "geo": (("rasterio", "pyogrio"), "export --as geotiff and geopackage"),
    "cloud": (("fsspec", "s3fs"), "files and results on object stores (s3://...)"),
}
#: Folders that a program copies to other machines, by what their path says.
SYNCED = ("dropbox", "onedrive", "google drive", "googledrive", "icloud", "nextcloud", "owncloud", "box sync")
#: Less free memory, and less free disk, than this is told. [byte]
MEMORY, DISK = 2e9, 1e9
#: Kinds of file systems on which locks of other machines may not be seen.
SHARED_SYSTEMS = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "fuse.rclone")


class Point(NamedTuple):
    """One thing that was looked at."""

    what: str
    state: str  #: well, note, or wrong
    says: str


def doctor(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", parser=location, help="Where results are to be written.")
    ] = Path(),
) -> None:
    """Say what of this machine matters to fluxkit, and what to do where something is amiss."""
    points = [*_python(), *_extras(), *_kernels(), *_threads(), *_memory(), *_folder(folder), *_words()]
    print_table(["", "", ""], [[point.state, point.what, point.says] for point in points])
    wrong = [point for point in points if point.state == "wrong"]
    tell(f"{len(wrong)} of {len(points)} are wrong" if wrong else "nothing is wrong")
    if wrong:
        raise typer.Exit(1)


def _python() -> Iterator[Point]:
    versions = provenance.versions()
    yield Point("fluxkit", "well", f"{versions.pop('fluxkit')}, {Path(__file__).parents[1]}")
    yield Point("Python", "well", f"{versions.pop('python')}, {sys.executable}")
    yield Point("machine", "well", f"{platform.system()} {platform.release()}, {platform.machine()}")
    absent = [name for name, version in versions.items() if version == "not installed"]
    said = ", ".join(f"{name} {version}" for name, version in versions.items())
    state = "wrong" if absent else "well"
    yield Point("libraries", state, said + ("; install fluxkit anew" if absent else ""))


def _extras() -> Iterator[Point]:
    for extra, (modules, what) in EXTRAS.items():
        absent = [name for name in modules if importlib.util.find_spec(name) is None]
        if absent:
            words = f"{', '.join(absent)} not installed: no {what}; pip install 'fluxkit[{extra}]'"
            yield Point(f"extra {extra}", "note", words)
        else:
            yield Point(f"extra {extra}", "well", what)


def _kernels() -> Iterator[Point]:
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        yield Point("kernels", "wrong", "NUMBA_DISABLE_JIT is set: loops run in Python, very slowly")
        return
    from fluxkit.kernels._cache import FOLDER

    if FOLDER is None:
        yield Point("kernels", "note", "are kept nowhere (FLUXKIT_NO_CACHE): each process compiles its own")
        return
    files = list(FOLDER.glob("*")) if FOLDER.is_dir() else []
    empty = [file for file in files if file.is_file() and file.stat().st_size == 0]
    size = sum(file.stat().st_size for file in files if file.is_file())
    if not _writable(FOLDER):
        words = (
            f"{FOLDER} cannot be written: each process compiles its own; set XDG_CACHE_HOME to another folder"
        )
        yield Point("kernels", "note", words)
    elif not files:
        yield Point("kernels", "note", f"{FOLDER}: not compiled yet: the first run takes some 20 s more")
    else:
        more = f", {len(empty)} of them empty: compiled anew when needed" if empty else ""
        words = f"{FOLDER}: {len(files)} files, {size / 1e6:.0f} MB{more}"
        yield Point("kernels", "note" if empty else "well", words)


def _threads() -> Iterator[Point]:
    import numpy as np

    config = np.show_config(mode="dicts")
    blas = config["Build Dependencies"]["blas"]
    count = os.cpu_count() or 1
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    given = {name: os.environ[name] for name in names if name in os.environ}
    said = f"{count} processors; {blas.get('name', 'unknown')} {blas.get('version', '')}"
    said += "".join(f"; {name}={value}" for name, value in given.items())
    yield Point("processors", "well", said)


def _memory() -> Iterator[Point]:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return
    page = os.sysconf("SC_PAGE_SIZE")
    whole, free = page * os.sysconf("SC_PHYS_PAGES"), page * os.sysconf("SC_AVPHYS_PAGES")
    state = "note" if whole < MEMORY else "well"
    more = "; give --workers 1" if state == "note" else ""
    yield Point(
        "memory",
        state,
        f"{whole / 1e9:.1f} GB, {free / 1e9:.1f} GB unused; a worker takes about 0.5 GB{more}",
    )


def _folder(folder: Path) -> Iterator[Point]:
    if on_store(folder):
        yield Point("folder", "well", f"{folder} is on an object store")
        return
    folder = folder.absolute()
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not _writable(folder):
        yield Point("folder", "wrong", f"{folder} cannot be written: choose another for --out")
        return
    free = shutil.disk_usage(there).free
    state = "wrong" if free < DISK else "well"
    more = "; results of a year need about 2 GB with spectra" if state == "wrong" else ""
    yield Point("disk", state, f"{free / 1e9:.1f} GB free at {there}{more}")
    if any(word in str(folder).lower() for word in SYNCED):
        words = f"{folder} seems to be copied to other machines: run in another folder, and copy the results"
        yield Point("folder", "note", words)
    yield from _locks(there)


def _locks(there: Path) -> Iterator[Point]:
    """Try a lock: two runs in one folder are kept apart by it."""
    from filelock import FileLock, Timeout

    kind = _file_system(there)
    try:
        with (
            tempfile.TemporaryDirectory(dir=there, prefix=".fluxkit-") as place,
            FileLock(Path(place) / "lock", timeout=5),
        ):
            pass
    except (OSError, Timeout, NotImplementedError) as error:
        yield Point("locks", "wrong", f"do not work at {there} ({error}): run on another disk")
        return
    if kind in SHARED_SYSTEMS:
        words = f"work at {there} ({kind}); whether other machines see them depends on the server"
        yield Point("locks", "note", words)
    else:
        yield Point("locks", "well", f"work at {there}" + (f" ({kind})" if kind else ""))


def _file_system(path: Path) -> str:
    """Return the kind of the file system that a path is on, where the system tells."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return ""
    found = ("", "")
    for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
        _, point, kind, *_ = line.split(" ")
        place = point.replace("\\040", " ")
        if path.is_relative_to(place) and len(place) >= len(found[0]):
            found = (place, kind)
    return found[1]


def _writable(folder: Path) -> bool:
    """Whether files can be made in a folder, or in the nearest one above that there is."""
    there = next((parent for parent in (folder, *folder.parents) if parent.exists()), None)
    if there is None or not there.is_dir():
        return False
    try:
        with tempfile.NamedTemporaryFile(dir=there, prefix=".fluxkit-"):
            return True
    except OSError:
        return False


def _words() -> Iterator[Point]:
    encoding = (sys.stdout.encoding or "unknown").lower()
    preferred = locale.getpreferredencoding(False)
    state = "well" if encoding.replace("-", "") in ("utf8", "cp65001") else "note"
    more = "" if state == "well" else "; signs it does not have are written out; set PYTHONUTF8=1"
    yield Point("terminal", state, f"{encoding}, files {preferred}{more}")
    zone = os.environ.get("TZ")
    unused = f"; TZ={zone} is not used" if zone else ""
    yield Point("clock", "well", f"UTC and the station's offset alone count{unused}")
