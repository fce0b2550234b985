"""Every command's help ends with examples, which the command would take."""

import shlex

import click
import pytest
import typer.main

from fluxkit.cli.examples import EXAMPLES
from fluxkit.cli.main import app

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def test_each_command_has_one() -> None:
    assert set(EXAMPLES) == set(COMMANDS)


@pytest.mark.parametrize("typed", [typed for lines in EXAMPLES.values() for typed, _ in lines])
def test_its_options_are_the_commands(typed: str) -> None:
    """Parsed and not run; files of an example need not be there."""
    program, name, *arguments = shlex.split(typed)
    assert program == "fluxkit"
    command = COMMANDS[name]
    context = click.Context(command, resilient_parsing=True)
    _, left, _ = command.make_parser(context).parse_args(list(arguments))
    assert not left
