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
        The file does not exist, is not TOML, or something in it is missing, unknown or not allowed. Lists
        everything that was found, each with line and key.

    Examples
    --------
    >>> import tempfile
    >>> import fluxkit as fk
    >>> from fluxkit.chamber.synthetic.plots import make_campaign
    >>> plots = fk.chamber.load(make_campaign(tempfile.mkdtemp(), plots=1))
    >>> plots.campaign.id, plots.closures.source
    ('demo', 'sheet')
    """
    path = located(path)
    return loads(text_of(path, "fluxkit init --chamber"), source=str(path))


def loads(text: str, source: str = "<text>") -> Plots:
    """Check a configuration given as TOML text; ``source`` names it in errors. See `load`.

    Examples
    --------
    >>> import tempfile
    >>> import fluxkit as fk
    >>> from fluxkit.chamber.synthetic.plots import make_campaign
    >>> text = make_campaign(tempfile.mkdtemp(), plots=1).read_text(encoding="utf-8")
    >>> fk.chamber.loads(text).window.deadband_s
    15.0
    """
    return checked(Plots, text, source)
