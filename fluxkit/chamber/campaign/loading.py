"""The TOML file of a chamber campaign to `Plots`."""

from os import PathLike

from fluxkit.chamber.campaign.models import Plots
from fluxkit.site.toml.loading import checked, located, text_of


def load(path: str | PathLike[str]) -> Plots:
    """Read and check the configuration of a chamber campaign.

    Parameters
    ----------
    path : path
        A TOML file; patterns in it stay as written, relative to its folder.

    Raises
    ------
    ConfigError
        The file is not there, is not TOML, or something in it is missing, unknown or not allowed. Lists
        everything that was found, each with line and key.
    """
    path = located(path)
    return loads(text_of(path, "fluxkit init --chamber"), source=str(path))


def loads(text: str, source: str = "<text>") -> Plots:
    """Check a configuration given as TOML text; ``source`` names it in errors. See `load`."""
    return checked(Plots, text, source)
