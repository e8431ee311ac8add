"""How a receiver tells that a delivery is genuine, in four languages: as the documentation has it, and runs it."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from app.pages.docs.contents import PATH, source

PAGE: Final = "verifying-signatures"
ADDRESS: Final = f"{PATH}/{PAGE}"
# The variable that its programs take the secret from.
VARIABLE: Final = "DZBUILD_WEBHOOK_SECRET"
NAMES: Final = {"php": "PHP", "python": "Python", "go": "Go", "js": "JavaScript"}
FENCE: Final = re.compile(r"^```(\w+) run receiver\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Verifier(NamedTuple):
    """One language's."""

    name: str
    code: str


@lru_cache(maxsize=1)
def verifiers() -> tuple[Verifier, ...]:
    """Return every language's, read once."""
    page = source(PAGE, "en")
    found = dict(FENCE.findall("" if page is None else page.read_text(encoding="utf-8")))
    return tuple(Verifier(name, found[language]) for language, name in NAMES.items())
