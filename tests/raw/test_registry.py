import importlib
import logging
import sys
from importlib.metadata import EntryPoint
from pkgutil import iter_modules

import pytest

import fluxkit.chamber.analysers
import fluxkit.raw.formats
from fluxkit.errors import UnknownFormatError
from fluxkit.raw import registry
from fluxkit.raw.reader import Reader
from fluxkit.raw.registry import identify, known_formats, reader


class Plug:
    """Stands in for another package's module."""

    READER = Reader("mylogger", lambda head: head.startswith(b"MYLOG"), lambda path, layout: (path, layout))
    GREEDY = Reader("greedy", lambda head: True, lambda path, layout: None)
    NONSENSE = "text"


@pytest.fixture
def plug_in(monkeypatch):
    def _install(*pairs):
        monkeypatch.setitem(sys.modules, "plug_module", Plug)
        entries = [EntryPoint(name, f"plug_module:{attribute}", registry.GROUP) for name, attribute in pairs]
        monkeypatch.setattr(
            registry, "entry_points", lambda group: entries if group == registry.GROUP else []
        )

    return _install


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('"TOA5","x","CR6"\n', "toa5"),
        ("U,V,W,T_SONIC\n1,2,3,280\n1,2,3,280\n", "icos"),
        ("a;b\n1;2\n1;2\n", "delimited"),
        ("1 2 3\n1 2 3\n", "delimited"),
    ],
)
def test_identify(write, content, expected):
    assert identify(write(content)) == expected


@pytest.mark.parametrize("content", ["some words\nof a text\n", "\x00\x01\x02", '"TOB9","x"\n\x01\x02\x00'])
def test_unknown_content_lists_the_formats(write, content):
    with pytest.raises(
        UnknownFormatError, match=r"its format is not recognised; known formats: toa5, .*delimited, tob1"
    ):
        identify(write(content))


def test_every_module_with_a_reader_is_registered():
    """But for those without: parts of formats, and what several of them share."""
    packages = (fluxkit.raw.formats, fluxkit.chamber.analysers)
    modules = [f"{p.__name__}.{module.name}" for p in packages for module in iter_modules(p.__path__)]
    there = {f"{name}:READER" for name in modules if hasattr(importlib.import_module(name), "READER")}
    assert there == set(registry.BUILT_IN.values()), "enter a format in BUILT_IN of fluxkit/raw/registry.py"


def test_empty(write):
    with pytest.raises(UnknownFormatError, match="the file is empty"):
        identify(write(""))


def test_unknown_name():
    with pytest.raises(UnknownFormatError, match=r"unknown format 'tob9'; known: toa5, .*delimited, tob1"):
        reader("tob9")


def test_plug_in_by_content_and_by_name(write, plug_in):
    plug_in(("mylogger", "READER"))
    assert identify(write("MYLOG 1 2\n1 2 3\n")) == "mylogger"
    assert reader("mylogger") is Plug.READER
    assert known_formats()[-1] == "mylogger"


def test_two_readers_for_one_file(write, plug_in):
    plug_in(("mylogger", "READER"), ("greedy", "GREEDY"))
    with pytest.raises(
        UnknownFormatError, match=r"several formats fit \(2\): mylogger, greedy; set raw\.format"
    ):
        identify(write("MYLOG\n"))


def test_broken_plug_in_hides_no_other(write, plug_in, caplog):
    plug_in(("broken", "ABSENT"), ("nonsense", "NONSENSE"))
    with caplog.at_level(logging.WARNING):
        assert identify(write("a,b\n1,2\n")) == "delimited"
    assert "the reader broken of plug_module:ABSENT is left out" in caplog.text
    with pytest.raises(UnknownFormatError, match=r"'broken' .* cannot be used"):
        reader("broken")
    with pytest.raises(UnknownFormatError, match=r"NONSENSE is not a fluxkit\.raw\.reader\.Reader"):
        reader("nonsense")


def test_a_plug_in_replaces_no_built_in(plug_in):
    plug_in(("toa5", "READER"))
    assert reader("toa5").name == "toa5"
    assert reader("toa5") is not Plug.READER
