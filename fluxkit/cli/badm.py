"""The command that begins a configuration from a file in BADM interchange format."""

from pathlib import Path
from typing import Annotated

import typer

from fluxkit.cli.telling import tell
from fluxkit.errors import ConfigError


def import_badm(
    bif: Annotated[Path, typer.Argument(metavar="BIF", help="CSV or xlsx in BADM interchange format.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="SITE.toml", help="Configuration to write.")
    ] = Path("site.toml"),
    site: Annotated[
        str | None, typer.Option("--site", metavar="CODE", help="Which station, if the file has several.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing configuration.")] = False,
) -> None:
    """Begin a configuration from BADM: place, canopy, sonics, fast analysers and what changed when."""
    from fluxkit.export.atomic import write_text
    from fluxkit.submissions.bif import read_bif
    from fluxkit.submissions.station_facts import station_of

    facts = station_of(read_bif(bif), site, str(bif))
    if out.exists() and not force:
        raise ConfigError(str(out), ["exists; give another name with --out, or --force to overwrite it"])
    write_text(out, facts.toml)
    for sentence in facts.said:
        tell(f"! {sentence}")
    tell(f"{out}: written; complete the lines marked FILL IN ([raw] and [columns] are not in BADM)")
