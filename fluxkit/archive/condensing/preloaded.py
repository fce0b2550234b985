"""What every worker needs, loaded once in the process that workers are forked from.

That process starts no thread: libraries are held to one by its environment (`local_pool`), and no kernel is
parallel. A fork of it is therefore as sound as a process started anew.
"""

import gc
import logging
import os

from fluxkit.archive.condensing.worker import PRELOADED_SITE
from fluxkit.archive.own_process import keep_optional_out
from fluxkit.errors import FluxkitError

logger = logging.getLogger(__name__)


def load_kernels() -> None:
    """Import what condenses, and load its kernels from their cache."""
    keep_optional_out()
    from fluxkit.archive.condensing import day
    from fluxkit.archive.condensing.condensers import Condensers
    from fluxkit.site.models import Site

    logger.debug("loaded %s", day.__name__)
    settings = os.environ.pop(PRELOADED_SITE, "")
    try:
        if settings:
            Condensers().of(Site.model_validate_json(settings)).warm_up()
    except (FluxkitError, ValueError) as error:
        logger.warning("kernels are loaded by each worker, not once for all: %s", error)
    gc.freeze()  # what is here stays: a worker's collector need not look at it, which would copy its memory


load_kernels()
