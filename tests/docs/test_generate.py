"""The generated tables are those that the code gives now."""

from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_committed_tables_are_current(generate):
    stale = [
        name
        for name, text in generate.pages().items()
        if not (DOCS / "generated" / name).is_file()
        or (DOCS / "generated" / name).read_text(encoding="utf-8") != text
    ]
    assert not stale, f"docs/generated is out of date: {', '.join(stale)}; run `make docs` and commit"


def test_every_section_of_the_configuration_has_a_table(generate):
    from fluxkit.site.toml.loading import json_schema

    models = json_schema()["$defs"]
    written = {
        line for line in generate.settings_page().splitlines() if line and not line.startswith(("|", "#"))
    }
    lacking = [
        name
        for name, model in models.items()
        if name != "LagWindow" and model["description"].splitlines()[0] not in written
    ]
    assert not lacking


def test_limits_of_numbers_are_in_words(generate):
    assert generate.allowed({"type": "number", "minimum": -90, "maximum": 90}) == "number from -90 to 90"
    assert generate.allowed({"type": "integer", "exclusiveMinimum": 0}) == "whole number > 0"
    assert generate.allowed({"anyOf": [{"type": "string"}, {"type": "null"}]}) == "text"


def test_every_preset_is_explained():
    from typing import get_args

    from fluxkit.site.models import Site

    methods = (DOCS / "methods.md").read_text(encoding="utf-8")
    for preset in get_args(Site.model_fields["preset"].annotation):
        assert f'preset = "{preset}"' in methods


def test_every_method_is_explained():
    from typing import get_args

    from fluxkit.site.sections.methods import Condition, Decide

    methods = (DOCS / "methods.md").read_text(encoding="utf-8") + (DOCS / "generated/papers.md").read_text(
        encoding="utf-8"
    )
    for model in (Condition, Decide):
        for key, field in model.model_fields.items():
            for choice in get_args(field.annotation):
                if isinstance(choice, str):
                    there = f'"{choice}"' in methods or f"`{choice}`" in methods
                    assert there, f"give {key} = {choice!r} a row in docs/methods.md"
