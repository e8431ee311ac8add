"""Every example of every page, run as it stands against a real instance; answers are what the pages show."""

import re
from pathlib import Path

import pytest

from app.pages.docs.contract import example
from app.pages.texts import Language
from rest_compat.openapi.request_samples import LOGGED
from tests.docs.conftest import ReaderMaker, examples, told
from tests.docs.fences import FENCE, groups
from tests.docs.running import has

pytestmark = pytest.mark.slow

# What a page's examples find in the store, where the page itself does not make it.
FOUND = {"pagination": ["shirt", "honey"], "storefront": ["shirt"]}
# Kinds of examples that have tests of their own.
ELSEWHERE = {"receiver", "check", "standard"}


@pytest.mark.parametrize(("name", "language"), told())
class TestExamples:
    def test_run(self, name: str, language: Language, new_reader: ReaderMaker, tmp_path: Path) -> None:
        shown = [group for group in examples(name, language) if not ELSEWHERE & set(group.fences[0].words)]
        spoken = {fence.language for group in shown for fence in group.fences} & {"sh", "python", "js", "php", "go"}
        for code in sorted(spoken):
            if not has(code):
                continue
            reader = new_reader(tmp_path, code)
            for product in FOUND.get(name, []):
                (group,) = groups(example("createProduct", product))
                reader.follow(group)
            if name == "usage":
                reader.miss(LOGGED["request_id"])
            for group in shown:
                reader.follow(group)


def test_all_are_run_or_say_why_not() -> None:
    """A block in a language of programs is run, unless it is of a kind that can't be."""
    idle = set()
    for name, language in told():
        text = Path(f"docs/{language}/{name}.md").read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            if match[1] in {"sh", "python", "js", "php", "go", "graphql"} and not match[2].split():
                idle.add((name, re.sub(r"\s+", " ", match[3])[:40]))
    assert idle == {
        ("intro", 'export DZ_KEY="dzpk_test_<key_id>.<secre'),
        ("testing", "export DZ_URL=https://api.dzbuild.app DZ"),
        ("graphql", "dzbuild operations register queries/ --s"),
    }
