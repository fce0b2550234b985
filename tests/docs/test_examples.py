"""Every public name shows how it is used, and what its example shows is what happens."""

import doctest
import inspect
import sys
from pathlib import Path

import pytest

import fluxkit as fk

ROOT = Path(__file__).resolve().parents[2]
#: Modules and the version: nothing to call.
NOT_CALLED = {"__version__", "budget", "chamber", "ecosystem", "exchange", "kernels", "plot", "submissions"}
PUBLIC = {
    **{f"fk.{name}": (fk, name) for name in fk.__all__ if name not in NOT_CALLED},
    **{f"fk.budget.{name}": (fk.budget, name) for name in fk.budget.__all__},
    **{f"fk.chamber.{name}": (fk.chamber, name) for name in fk.chamber.__all__},
    **{f"fk.plot.{name}": (fk.plot, name) for name in fk.plot.__all__},
    **{f"fk.submissions.{name}": (fk.submissions, name) for name in fk.submissions.__all__},
    **{f"fk.ecosystem.{name}": (fk.ecosystem, name) for name in fk.ecosystem.__all__},
    **{f"fk.exchange.{name}": (fk.exchange, name) for name in fk.exchange.__all__},
}


@pytest.mark.parametrize("public", PUBLIC)
def test_the_example_gives_what_it_shows(public, monkeypatch):
    """Examples run in the checkout, where ``data_samples`` is, and see nothing but what they import."""
    monkeypatch.setenv("MPLBACKEND", "Agg")
    module, name = PUBLIC[public]
    found = doctest.DocTestParser().get_doctest(
        inspect.getdoc(getattr(module, name)) or "", {}, public, None, 0
    )
    assert found.examples, f"{public} has no example in its docstring"
    monkeypatch.chdir(ROOT)
    output: list[str] = []
    doctest.DocTestRunner(verbose=False).run(found, out=output.append)
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
    assert not output, "".join(output)


@pytest.mark.parametrize("public", PUBLIC)
def test_the_example_uses_the_public_name(public):
    module, name = PUBLIC[public]
    text = inspect.getdoc(getattr(module, name)) or ""
    section = text.partition("Examples\n--------\n")[2]
    assert f"{public}(" in section or f"{public}." in section
