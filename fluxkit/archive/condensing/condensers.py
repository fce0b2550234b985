"""The condensers that a process keeps, and compiling their kernels once on a machine."""

import logging
from collections.abc import Sequence

from filelock import FileLock

from fluxkit.archive.planning.plan import Day
from fluxkit.errors import ReadError
from fluxkit.raw.reading import layout_of, read
from fluxkit.schema.provenance import settings_sha256
from fluxkit.site.models import Site
from fluxkit.tower.chain import Condenser

logger = logging.getLogger(__name__)

#: Sections of a site that say which kernels are called.
_CALLING = {"instruments", "raw", "columns", "condition", "condense"}


class Condensers:
    """The condensers of sites, each made once."""

    def __init__(self) -> None:
        self._made: dict[str, Condenser] = {}

    def of(self, site: Site) -> Condenser:
        """Return the condenser of a site."""
        key = site.model_dump_json()
        if key not in self._made:
            self._made[key] = Condenser(site)
        return self._made[key]


def tell_compiling() -> None:
    """Log that the first run takes longer, and why."""
    from fluxkit.kernels._cache import COMPILED_BEFORE  # loads numba, which a finished folder does not need

    if not COMPILED_BEFORE:
        logger.info("compiling numerical kernels, once on this machine: about 20 s")


def compile_kernels(condensers: Condensers, days: Sequence[Day]) -> None:
    """Call every kernel of the days' sites once, unless a process has done so before on such a machine.

    Processes that compile at once would all do the same work: the first one compiles, others wait for it.
    Where the cache lies in a folder that several machines see, so does the lock.
    """
    sites = {id(day.site): day.site for day in days}
    for number, site in sites.items():
        _compile_for(site, condensers, [day for day in days if id(day.site) == number])


def load_kernels(condensers: Condensers, days: Sequence[Day]) -> None:
    """Load every kernel of the days' sites into this process, from which workers are forked."""
    for number in {id(day.site) for day in days}:
        _call(condensers, [day for day in days if id(day.site) == number])


def _compile_for(site: Site, condensers: Condensers, days: Sequence[Day]) -> None:
    from fluxkit.kernels._cache import FOLDER

    if FOLDER is None:  # nothing is kept, so that each process compiles
        return
    stamp = FOLDER / f"called-{_digest(site)}"
    if stamp.exists():
        return
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
        lock = FileLock(FOLDER / "compiling.lock")
        lock.acquire()
    except (OSError, NotImplementedError) as error:
        logger.warning("%s: kernels are compiled without a lock: %s", FOLDER, error)
        _call(condensers, days)
        return
    try:
        if not stamp.exists():
            _call(condensers, days)
            stamp.touch()
    finally:
        lock.release()


def _call(condensers: Condensers, days: Sequence[Day]) -> None:
    """Call every kernel: those that read by reading the first file that can be read."""
    condensers.of(days[0].site).warm_up()
    layout = layout_of(days[0].site)
    for source in (source for day in days for source in day.sources):
        try:
            read(source.path, layout)
        except ReadError:
            continue  # its day will tell
        return


def _digest(site: Site) -> str:
    """Return what decides which machine code is in the cache: kernels called, and the processor."""
    from llvmlite import binding

    facts = site.model_dump(mode="json", include=_CALLING)
    facts["processor"] = [binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()]
    return settings_sha256(facts)[:16]
