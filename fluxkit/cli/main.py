"""The command ``fluxkit``: its subcommands and its exit codes."""

import atexit
import gc
import io
import signal
import sys
from collections.abc import Sequence

import typer

from fluxkit.archive.own_process import keep_fortran_out, keep_optional_out, make_own
from fluxkit.cli import (
    atlas,
    badm,
    budget,
    chamber,
    compare,
    configure,
    demonstrate,
    differ,
    doctor,
    ecosystem,
    examine,
    explore,
    export,
    footprint,
    process,
    replaying,
    status,
    watch,
)
from fluxkit.cli.examples import epilog
from fluxkit.cli.telling import tell
from fluxkit.errors import (
    ConfigError,
    FluxkitError,
    LockedError,
    MomentsError,
    NoInputError,
    ReadError,
    StoreError,
    WriteError,
)

#: Commands that hold data in xarray.
WITH_ARRAYS = frozenset(
    (
        "demo",
        "run",
        "condense",
        "decide",
        "export",
        "report",
        "watch",
        "footprint",
        "compare",
        "diff",
        "replay",
        "chamber",
        "ecosystem",
        "budget",
        "atlas",
        "explore",
    )
)
#: Commands that read files and hold samples in plain arrays.
WITH_SAMPLES = frozenset(("inspect", "check"))
#: Commands that note signals themselves once their libraries are loaded.
IN_ORDER = frozenset(("run", "condense", "decide", "replay", "watch"))
#: Exit codes: what the user gave is wrong, nothing to work on; anything else is 1.
WRONG, NO_INPUT, FAULT = 2, 3, 1

app = typer.Typer(
    help="From what a flux tower's logger wrote to half-hourly NEE with its uncertainty and quality.",
    epilog="Exit codes: 0 done, 2 usage or configuration error, 3 no usable input, 1 a fault of the program.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def set_up(context: typer.Context) -> None:
    """Set up logging and error handling for a command."""
    if context.invoked_subcommand in WITH_ARRAYS:
        keep_optional_out()
    elif context.invoked_subcommand in WITH_SAMPLES:
        keep_fortran_out()
    if context.invoked_subcommand not in IN_ORDER and signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


app.command("demo", epilog=epilog("demo"))(demonstrate.demo)
app.command("inspect", epilog=epilog("inspect"))(examine.inspect)
app.command("init", epilog=epilog("init"))(configure.init)
app.command("import-eddypro", epilog=epilog("import-eddypro"))(configure.import_eddypro)
app.command("import-badm", epilog=epilog("import-badm"))(badm.import_badm)
app.command("check", epilog=epilog("check"))(examine.check)
app.command("run", epilog=epilog("run"))(process.run)
app.command("condense", epilog=epilog("condense"))(process.condense)
app.command("decide", epilog=epilog("decide"))(process.decide)
app.command("export", epilog=epilog("export"))(export.export)
app.command("report", epilog=epilog("report"))(process.report)
app.command("status", epilog=epilog("status"))(status.status)
app.command("watch", epilog=epilog("watch"))(watch.watch)
app.command("footprint", epilog=epilog("footprint"))(footprint.footprint)
app.command("compare", epilog=epilog("compare"))(compare.compare)
app.command("diff", epilog=epilog("diff"))(differ.diff)
app.command("chamber", epilog=epilog("chamber"))(chamber.chamber)
app.command("ecosystem", epilog=epilog("ecosystem"))(ecosystem.ecosystem)
app.command("replay", epilog=epilog("replay"))(replaying.replay)
app.command("atlas", epilog=epilog("atlas"))(atlas.atlas)
app.command("explore", epilog=epilog("explore"))(explore.explore)
app.command("doctor", epilog=epilog("doctor"))(doctor.doctor)
app.command("budget", epilog=epilog("budget"))(budget.budget)
app.command("schema", epilog=epilog("schema"))(configure.schema)


@app.command(epilog=epilog("version"))
def version() -> None:
    """Print the versions of fluxkit and of the libraries that matter for a number."""
    from fluxkit.schema.provenance import versions

    for name, found in versions().items():
        tell(f"{name} {found}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; ends in SystemExit with the exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process, which then is the command's own.
    """
    if arguments is None:
        make_own()
        if isinstance(sys.stdout, io.TextIOWrapper):  # a console of cp1252 has not all letters of names
            sys.stdout.reconfigure(errors="backslashreplace")
        # Python would look through all that the libraries have made for rings to free, before the system
        # frees the whole: a third of a second, for nothing. Files are closed by whoever opens them.
        atexit.register(gc.freeze)
        # While libraries load, many objects come to stay: the collector, at its usual threshold of 700, would
        # look through them again and again, a tenth of a second in all.
        gc.set_threshold(50_000, 20, 20)
        # A library that is being loaded may take the exception of Ctrl-C for its own and go on: nothing is
        # half done yet, so that the process may as well end at once.
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        app(args=None if arguments is None else list(arguments), prog_name="fluxkit")
    except FluxkitError as error:
        tell(f"fluxkit: {error}", err=True)
        sys.exit(exit_code(error))
    finally:
        if arguments is None:
            # While Python takes itself down, its own handler of Ctrl-C would only leave a note for nobody.
            signal.signal(signal.SIGINT, signal.SIG_DFL)


def exit_code(error: FluxkitError) -> int:
    """Return the exit code for an error that is printed without a traceback."""
    if isinstance(error, ConfigError | LockedError | MomentsError | StoreError | WriteError):
        return WRONG
    if isinstance(error, NoInputError | ReadError):
        return NO_INPUT
    return FAULT
