"""The examples of a page, as a reader would run them: one of each group of languages, one after the other."""

import json
import re
from dataclasses import dataclass
from typing import Any

FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```\n?", re.MULTILINE | re.DOTALL)
# Those that are the same example for different readers.
TABBED = ("sh", "python", "js", "php", "go")


@dataclass(frozen=True)
class Fence:
    """A block of code: its language, what its page says of it to tests, and the code."""

    language: str
    words: tuple[str, ...]
    code: str

    def option(self, name: str) -> str:
        """Return what follows `name=`, or nothing."""
        return next((word.removeprefix(f"{name}=") for word in self.words if word.startswith(f"{name}=")), "")


@dataclass
class Group:
    """An example: in one language or more, and the answer that the page shows, if it does."""

    fences: list[Fence]
    answer: Any = None
    excerpt: bool = False

    def in_language(self, language: str) -> Fence:
        """Return the example for a reader of a language: in that, or else in the first that there is."""
        return next((fence for fence in self.fences if fence.language == language), self.fences[0])


def groups(markdown: str) -> list[Group]:
    """Return the examples of a page that are to be run, in their order."""
    found: list[Group] = []
    end = -1
    for match in FENCE.finditer(markdown):
        fence = Fence(match[1], tuple(match[2].split()), match[3])
        if "answer" in fence.words:
            found[-1].answer, found[-1].excerpt = json.loads(fence.code), "excerpt" in fence.words
        elif "run" in fence.words:
            beside = match.start() == end and found and fence.language not in {f.language for f in found[-1].fences}
            if beside:
                found[-1].fences.append(fence)
            else:
                found.append(Group([fence]))
        end = match.end()
    return found
