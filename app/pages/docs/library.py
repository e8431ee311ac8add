"""The pages, each read, filled with its facts and rendered once, and kept; and their plain Markdown."""

import re
from functools import cache
from html import escape
from typing import Final, NamedTuple

from app.pages.docs.contents import ADDRESS, PAGES, PATH, SECTIONS, source
from app.pages.docs.facts import expanded
from app.pages.docs.rendering import Rendered, render
from app.pages.docs.words import word
from app.pages.texts import Language

# What a fence says to our tests alone.
FENCE: Final = re.compile(r"^```(\w+) [^\n`]*$", re.MULTILINE)


class Page(NamedTuple):
    """A page as a reader of `language` gets it; `told_in` is another language where it isn't translated."""

    name: str
    language: Language
    told_in: Language
    source: str
    rendered: Rendered

    @property
    def path(self) -> str:
        """Return where it is."""
        return f"{PATH}/{self.name}"

    @property
    def short_title(self) -> str:
        """Return its name in the navigation."""
        return word(f"nav_{self.name}", self.language)

    @property
    def uses_key(self) -> bool:
        """Tell whether its examples take the reader's key."""
        return 'class="your-key"' in self.rendered.html

    def html(self, base_url: str) -> str:
        """Return its body, for a server of this address."""
        return self.rendered.html.replace(ADDRESS, escape(base_url))

    def markdown(self, base_url: str) -> str:
        """Return it as Markdown, for a server of this address."""
        return FENCE.sub(r"```\1", self.source).replace(ADDRESS, base_url)


@cache
def page(name: str, language: Language) -> Page | None:
    """Return a page, None where there is none of this name."""
    if name not in PAGES:
        return None
    path = source(name, language)
    told_in: Language = "en" if path is None else language
    path = path or source(name, "en")
    if path is None:
        return None
    markdown = expanded(path.read_text(encoding="utf-8"), told_in)
    anchors: tuple[str, ...] = ()
    if told_in != "en":
        english = page(name, "en")
        anchors = () if english is None else tuple(each.anchor for each in english.rendered.headings)
    return Page(name, language, told_in, markdown, render(markdown, language, anchors, told_in=told_in))


def pages(language: Language) -> list[Page]:
    """Return every page that there is, in order."""
    return [found for name in PAGES if (found := page(name, language)) is not None]


def index_text(base_url: str) -> str:
    """Return `/llms.txt`: what there is to read, for programs that read."""
    lines = ["# DZBuild API", "", f"> {word('description', 'en')}", ""]
    for section in SECTIONS:
        lines += [f"## {word(f'section_{section.name}', 'en')}", ""]
        for name in section.pages:
            found = page(name, "en")
            if found is not None:
                lead = found.rendered.lead
                lines.append(f"- [{found.rendered.title}]({base_url}{found.path}.md): {lead}")
        lines.append("")
    lines += ["## Files", ""]
    for key, name in (("openapi", "openapi.yaml"), ("schema", "schema.graphql"), ("postman", "postman.json")):
        lines.append(f"- [{word(key, 'en')}]({base_url}{PATH}/{name})")
    return "\n".join(lines) + "\n"


def whole_text(base_url: str) -> str:
    """Return `/llms-full.txt`: all pages in English, one after the other."""
    return "\n\n".join(each.markdown(base_url).strip() for each in pages("en")) + "\n"
