"""Markdown to HTML: headings with anchors, code with colours and in tabs, tables that scroll on a phone."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise
from typing import Any, Final, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
from pygments.util import ClassNotFound  # type: ignore[import-untyped]

from app.pages.docs.contents import PATH
from app.pages.docs.words import word
from app.pages.texts import Language, spaced

# Fences of these that follow each other are one example: a reader chooses the language.
TABBED: Final = {"sh": "Shell", "python": "Python", "js": "JavaScript", "php": "PHP", "go": "Go"}
LINK: Final = re.compile(r"^(?:\.\./(?:en|fr|ar)/)?([a-z0-9-]+)\.md(#.*)?$")
SPLIT: Final = re.compile(r"[^\w]+")
# How an example names the reader's key, and what stands for it while colours are made.
KEY_FORMS: Final = {
    "$DZ_KEY": ("DZXKEYXBARE", "bare"),
    "{os.environ['DZ_KEY']}": ("DZXKEYXPYTHON", "bare"),
    "${process.env.DZ_KEY}": ("DZXKEYXSCRIPT", "bare"),
    'getenv("DZ_KEY")': ("DZXKEYXPHP", "quoted"),
    'os.Getenv("DZ_KEY")': ("DZXKEYXGO", "quoted"),
    "dzpk_test_<key_id>.<secret>": ("DZXKEYXTEXT", "bare"),
}
# Tables of so many columns are stacked on a phone: the first cell, then the second with its head, then a text.
STACKED: Final = 3
FORMATTER: Final = HtmlFormatter(nowrap=True)


class Heading(NamedTuple):
    """A heading within a page."""

    level: int
    anchor: str
    title: str


class Passage(NamedTuple):
    """What stands under one heading, as plain text, to be found by a search."""

    anchor: str
    title: str
    text: str


class Rendered(NamedTuple):
    """A page: its title, its body below that, its headings, and its passages."""

    title: str
    lead: str
    html: str
    headings: tuple[Heading, ...]
    passages: tuple[Passage, ...]


def render(
    markdown: str, language: Language, anchors: Sequence[str] = (), *, told_in: Language | None = None
) -> Rendered:
    """Return a page made of Markdown whose facts are in place.

    Args:
        markdown: begins with the page's title, `# …`.
        language: of the page around it: what buttons say.
        anchors: of the same headings in the original, so that a link leads to the same place in every language.
        told_in: the language that it is written in, where that is another.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(markdown)
    title, tokens = _titled(tokens)
    headings = tuple(_anchored(tokens, anchors))
    renderer = _Renderer(language, told_in or language)
    html = renderer.render(list(_grouped(tokens)), parser.options, {})
    passages = tuple(_passages(title, tokens))
    return Rendered(title, _lead(tokens), html, headings, passages)


def _titled(tokens: list[Token]) -> tuple[str, list[Token]]:
    """Return the text of the first heading, and the tokens after it."""
    if tokens[0].tag != "h1":
        raise ValueError("a page begins with its title")
    return _text(tokens[1]), tokens[3:]


def _lead(tokens: Sequence[Token]) -> str:
    """Return the first paragraph, for search engines and lists."""
    return next((_text(token) for token in tokens if token.type == "inline"), "")


def _anchored(tokens: list[Token], anchors: Sequence[str]) -> Iterable[Heading]:
    """Give each heading an id of its own, and return them."""
    taken: set[str] = set()
    given = iter(anchors)
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            title = _text(inline)
            base = anchor = next(given, "") or SPLIT.sub("-", title.lower()).strip("-")
            number = 1
            while anchor in taken:
                number += 1
                anchor = f"{base}-{number}"
            taken.add(anchor)
            token.attrSet("id", anchor)
            token.meta["title"] = title
            yield Heading(int(token.tag[1]), anchor, title)


def _text(token: Token) -> str:
    return "".join(
        " " if child.type == "softbreak" else child.content for child in token.children or () if child.type != "html"
    )


def _grouped(tokens: list[Token]) -> Iterable[Token]:
    """Return the tokens, neighbouring fences of different languages made one."""
    group: list[Token] = []
    for token in [*tokens, Token("end", "", 0)]:
        if token.type == "fence" and _language(token) in TABBED and _language(token) not in map(_language, group):
            group.append(token)
            continue
        if len(group) > 1:
            made = Token("tabs", "", 0)
            made.meta["fences"] = group
            yield made
        else:
            yield from group
        group = []
        if token.type == "fence" and _language(token) in TABBED:
            group = [token]
        elif token.type != "end":
            yield token


def _language(fence: Token) -> str:
    return fence.info.split()[0] if fence.info else ""


def _passages(title: str, tokens: list[Token]) -> Iterable[Passage]:
    anchor, heading = "", title
    words: list[str] = []
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            yield Passage(anchor, heading, " ".join(words))
            anchor, heading, words = str(token.attrGet("id")), _text(tokens[place + 1]), []
        elif token.type == "inline" and tokens[place - 1].type != "heading_open":
            words.append(_text(token))
    yield Passage(anchor, heading, " ".join(words))


def coloured(code: str, language: str) -> str:
    """Return code as HTML with classes, the reader's key in it marked."""
    for form, (stand_in, _) in KEY_FORMS.items():
        code = code.replace(form, stand_in)
    try:
        # PHP's lexer wants its opening tag otherwise.
        lexer = get_lexer_by_name(language or "text", **({"startinline": True} if language == "php" else {}))
        html: str = highlight(code, lexer, FORMATTER)
    except ClassNotFound:
        html = escape(code)
    for form, (stand_in, kind) in KEY_FORMS.items():
        html = html.replace(stand_in, f'<span class="your-key" data-form="{kind}">{escape(form)}</span>')
    return html.rstrip("\n")


class _Renderer(RendererHTML):
    """How our pages differ from plain HTML of Markdown."""

    def __init__(self, language: Language, told_in: Language) -> None:
        super().__init__()
        self.language = language
        self.told_in = told_in
        self.examples = 0
        # The heads of the table that is being rendered, and the column of its cell.
        self.heads: list[str] = []
        self.column = 0

    def text(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: Any) -> str:
        """Return words; French signs stay with theirs."""
        words = tokens[idx].content
        return escape(spaced(words) if self.told_in == "fr" else words)

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, _env: Any) -> str:
        """Begin a heading."""
        return self.renderToken(tokens, idx, options, _env)

    def heading_close(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: Any) -> str:
        """End a heading with a link to itself."""
        opened = tokens[idx - 2]
        told = escape(word("link_to", self.language).format(title=opened.meta["title"]))
        anchor = escape(str(opened.attrGet("id")))
        return f' <a class="anchor" href="#{anchor}" aria-label="{told}">#</a></{tokens[idx].tag}>\n'

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        """Lead to a page instead of its file."""
        found = LINK.match(str(tokens[idx].attrGet("href")))
        if found is not None:
            tokens[idx].attrSet("href", f"{PATH}/{found[1]}{found[2] or ''}")
        return self.renderToken(tokens, idx, options, env)

    def table_open(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: Any) -> str:
        """Let a table scroll by itself, by keys too; one of three columns is stacked on a phone."""
        end = next(place for place in range(idx, len(tokens)) if tokens[place].type == "thead_close")
        self.heads = [_text(tokens[place + 1]) for place in range(idx, end) if tokens[place].type == "th_open"]
        stacked = ' class="stacked"' if len(self.heads) == STACKED else ""
        label = word("table", self.language)
        return f'<div class="scroll" tabindex="0" role="group" aria-label="{label}"><table{stacked}>\n'

    def tr_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, _env: Any) -> str:
        """Begin a row."""
        self.column = 0
        return self.renderToken(tokens, idx, options, _env)

    def table_close(self, _tokens: Sequence[Token], _idx: int, _options: OptionsDict, _env: Any) -> str:
        """End a table."""
        return "</table></div>\n"

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        """Begin a column's head: an empty one is a plain cell, as it names nothing."""
        self._align(tokens[idx])
        if not tokens[idx + 1].content:
            tokens[idx].tag = tokens[idx + 2].tag = "td"
        else:
            tokens[idx].attrSet("scope", "col")
        return self.renderToken(tokens, idx, options, env)

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Any) -> str:
        """Begin a cell; one in the middle carries its column's head, for when it stands below the first."""
        self._align(tokens[idx])
        if len(self.heads) == STACKED and self.column == 1:
            tokens[idx].attrSet("data-head", self.heads[1])
        self.column += 1
        return self.renderToken(tokens, idx, options, env)

    def _align(self, token: Token) -> None:
        """Align by class, as inline styles are not let through."""
        if "right" in str(token.attrs.pop("style", "")):
            token.attrSet("class", "number")

    def code_inline(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: Any) -> str:
        """Return code in a sentence, which runs from left to right in Arabic too."""
        return f'<code dir="ltr">{escape(tokens[idx].content)}</code>'

    def fence(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: Any) -> str:
        """Return a block of code."""
        return self._block(tokens[idx])

    def tabs(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: Any) -> str:
        """Return an example in several languages: radio buttons and style sheet, so that it works without script."""
        fences = tokens[idx].meta["fences"]
        self.examples += 1
        name = f"example-{self.examples}"
        heads, panels = [], []
        for number, fence in enumerate(fences):
            language = _language(fence)
            checked = " checked" if number == 0 else ""
            heads.append(
                f'<input type="radio" name="{name}" id="{name}-{language}" value="{language}"{checked}>'
                f'<label for="{name}-{language}">{TABBED[language]}</label>'
            )
            panels.append(f'<div class="panel" data-language="{language}">{self._block(fence)}</div>')
        legend = word("choose_language", self.language)
        return (
            f'<fieldset class="tabs" dir="ltr"><legend class="unseen">{legend}</legend>{"".join(heads)}'
            f"{''.join(panels)}</fieldset>\n"
        )

    def _block(self, fence: Token) -> str:
        language, words = _language(fence), fence.info.split()
        copied, copy = word("copied", self.language), word("copy", self.language)
        button = (
            f'<button class="copy" type="button" lang="{self.language}" data-copied="{copied}" hidden>{copy}</button>'
        )
        code = f'<code class="language-{escape(language)}">{coloured(fence.content, language)}</code>'
        kind, label = "code", ""
        if "answer" in words:
            told = word("answer_excerpt" if "excerpt" in words else "answer", self.language)
            kind, label = "code answer", f'<p class="of" lang="{self.language}"><bdi>{told}</bdi></p>'
        return f'<div class="{kind}" dir="ltr">{label}{button}<pre tabindex="0" lang="en">{code}</pre></div>\n'
