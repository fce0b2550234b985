"""Every method that a configuration may name after a paper has one."""

import re
from typing import get_args

from fluxkit.schema import papers
from fluxkit.site.sections.methods import Condition, Decide


def test_every_method_named_after_a_paper_has_one() -> None:
    fields = [*Condition.model_fields.values(), *Decide.model_fields.values()]
    methods = {str(value) for field in fields for value in get_args(field.annotation)}
    named = {method for method in methods if re.fullmatch(r"[a-z-]+-\d{4}", method)}
    assert named
    lacking = named - set(papers.PAPERS)
    assert not lacking, f"enter in PAPERS of fluxkit/schema/papers.py: {', '.join(sorted(lacking))}"


def test_papers_are_cited_once_in_order() -> None:
    cited = papers.cited(["webb-1980", "none", "double", "webb-1980"])
    assert [text.split()[0] for text in cited] == ["Webb,", "Kaimal"]
