"""Documents: read, measured and validated once, within limits that hold before any work (`contract.md §9`).

The measures are taken between parsing and validation, as validating is what a hostile document makes expensive: two
fields of one name have to be compared, pair by pair, and fragments multiply them.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    ListTypeNode,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    SourceLocation,
    parse,
    validate,
)

from graph.errors import MESSAGE_LENGTH, bad_request
from graph.kept import Kept
from graph.schema import Audience, graphql_schema

# What the most is of everything that a document has. `graph.costs` has the most that an operation may cost.
LIMITS: Final[Mapping[str, int]] = {
    "bytes": 65_536,
    "tokens": 1_000,
    "definitions": 50,
    "variables": 50,
    "directives": 50,
    "levels in a value or type": 16,
    "items in one list or object": 200,
    # Introspection has levels of its own, which validation bounds (`MaxIntrospectionDepthRule`).
    "levels of fields": 12,
    "root fields": 15,
    "aliases": 30,
    "fields, those of a fragment counted at each place where it is spread": 1_500,
    # Validation compares these two by two.
    "fragments spread in one place, those in them included": 25,
    "pairs of fields with one name in one place": 5_000,
    # All of a schema, as programs ask for it, is some 62,000 by this count.
    "values of introspection, by a rough count": 100_000,
    "values in its variables": 5_000,
}
(
    BYTES,
    TOKENS,
    DEFINITIONS,
    VARIABLES,
    DIRECTIVES,
    NESTING,
    ITEMS,
    DEPTH,
    ROOT_FIELDS,
    ALIASES,
    FIELDS,
    SPREADS,
    PAIRS,
    INTROSPECTED,
    VALUES,
) = LIMITS
# Comparing arguments of this length takes as long as comparing their fields.
ARGUMENT_LENGTH = 8
# How many items the lists of introspection have, about: the types of the schema, and of each of them so many.
INTROSPECTED_LENGTHS: Final[Mapping[str, int]] = {"types": 160, "fields": 4, "directives": 5}
# Seconds of CPU that validating may take. A document that took more is refused for a minute without looking again.
BUDGET = 0.1
TOO_SLOW_FOR = 60.0
MAXIMUM_ERRORS = 5
# Measured: what graphql-core makes of a document takes 45 to 105 bytes for each of the text.
TREE_WEIGHT = 128
UNDERSTOOD_COUNT, UNDERSTOOD_BYTES = 256, 64 * 1024 * 1024
REFUSED_COUNT, REFUSED_BYTES = 1_024, 2 * 1024 * 1024


class Problem(NamedTuple):
    """What is wrong with a document, and where."""

    message: str
    locations: tuple[SourceLocation, ...] = ()


class Refusal(NamedTuple):
    """Why a document is refused; until a monotonic time, if that was no matter of the document alone."""

    problems: tuple[Problem, ...]
    until: float | None = None


class OverLimit(Exception):
    """A document has too much of something."""

    def __init__(self, name: str, actual: int, *, at_least: bool = False) -> None:
        most = LIMITS[name]
        count = f"more than {actual:,}" if at_least else f"{actual:,}"
        super().__init__(f"The document has {count} {name}, and {most:,} is the most")


_documents: Kept[tuple[Audience, str], DocumentNode] = Kept(count=UNDERSTOOD_COUNT, weight=UNDERSTOOD_BYTES)
_refusals: Kept[bytes, Refusal] = Kept(count=REFUSED_COUNT, weight=REFUSED_BYTES)


def understood(text: str, audience: Audience) -> DocumentNode | Refusal:
    """Return a document that an audience can run, or what is wrong with it; the same text is looked at once."""
    known = _documents.get((audience, text))
    if known is not None:
        return known
    # A text that is too long is not even hashed.
    if len(text) > LIMITS[BYTES]:
        return _refused(OverLimit(BYTES, len(text), at_least=len(text) > 4 * LIMITS[BYTES]))
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) > LIMITS[BYTES]:
        return _refused(OverLimit(BYTES, len(raw)))
    digest = hashlib.blake2b(raw, digest_size=16, person=audience.encode()).digest()
    refusal = _refusals.get(digest)
    if refusal is not None and (refusal.until is None or refusal.until > time.monotonic()):
        return refusal
    made = _read(text, audience)
    if isinstance(made, Refusal):
        _refusals.put(digest, made, sum(len(problem.message) + 200 for problem in made.problems))
    else:
        _documents.put((audience, text), made, 2_000 + len(raw) * TREE_WEIGHT)
    return made


def forget() -> None:
    """Forget every document."""
    _documents.clear()
    _refusals.clear()


def require_few_values(variables: Mapping[str, Any] | None) -> None:
    """Let variables pass that are not too many, before they are compared with what the document declares.

    Raises:
        ApiError: `bad_request`.
    """
    left = LIMITS[VALUES]
    waiting: list[Any] = [variables or {}]
    while waiting:
        value = waiting.pop()
        inner = value.values() if isinstance(value, dict) else value
        left -= len(value)
        if left < 0:
            raise bad_request(str(OverLimit(VALUES, LIMITS[VALUES], at_least=True)))
        waiting += [each for each in inner if isinstance(each, dict | list)]


def _refused(problem: Exception) -> Refusal:
    return Refusal((Problem(str(problem)),))


def _read(text: str, audience: Audience) -> DocumentNode | Refusal:
    try:
        document = parse(text, max_tokens=LIMITS[TOKENS])
        measure(document)
    except OverLimit as over:
        return _refused(over)
    except GraphQLError as error:
        return _unparsed(error)
    except RecursionError:
        return _refused(OverLimit(NESTING, LIMITS[NESTING], at_least=True))
    return _validated(document, audience)


def _unparsed(error: GraphQLError) -> Refusal:
    """Return what is wrong with the text; graphql-core tells its own two limits by their messages alone."""
    for name, told in ((TOKENS, "tokens. Parsing aborted"), (NESTING, "nested too deeply. Parsing aborted")):
        if told in error.message:
            return _refused(OverLimit(name, LIMITS[name], at_least=True))
    return Refusal((_problem(error),))


def _validated(document: DocumentNode, audience: Audience) -> DocumentNode | Refusal:
    # Looked at again before it is refused: collecting garbage may have fallen into the first time.
    for _ in range(2):
        begun = time.thread_time()
        errors = validate(graphql_schema(audience), document, max_errors=MAXIMUM_ERRORS)
        spent = time.thread_time() - begun
        if errors:
            return Refusal(tuple(_problem(error) for error in errors))
        if spent <= BUDGET:
            return document
    message = f"The document took {spent * 1000:.0f} ms to validate, and {BUDGET * 1000:.0f} ms is the most"
    return Refusal((Problem(message + ": ask for less at once"),), time.monotonic() + TOO_SLOW_FOR)


def _problem(error: GraphQLError) -> Problem:
    """Return a document's error; a literal that Python can't read, such as a number of 5,000 digits, is one."""
    unread = error.original_error is not None and not isinstance(error.original_error, GraphQLError)
    message = "The document has a value that can't be read" if unread else error.message
    return Problem(message[:MESSAGE_LENGTH], tuple(error.locations or ()))


def measure(document: DocumentNode) -> None:
    """Let a parsed document pass that is within the limits.

    Raises:
        OverLimit: it isn't.
        GraphQLError: a fragment spreads itself, so that there is nothing to measure.
    """
    _within(DEFINITIONS, len(document.definitions))
    _measure_nodes(document)
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    _refuse_cycles(fragments)
    walk = _Walk(fragments)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            _within(VARIABLES, len(definition.variable_definitions or ()))
            walk.measure(definition.selection_set)
    # What no operation uses is validated too.
    for name, fragment in fragments.items():
        if name not in walk.spread:
            walk.measure(fragment.selection_set)


def _within(name: str, actual: int) -> None:
    if actual > LIMITS[name]:
        raise OverLimit(name, actual)


def _measure_nodes(document: DocumentNode) -> None:
    """Count directives, and how deep values and types go."""
    directives = 0
    deepest = 0
    waiting: list[tuple[Node, int]] = [(document, 0)]
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, DirectiveNode):
            directives += 1
        elif isinstance(node, ListValueNode | ObjectValueNode | ListTypeNode):
            depth += 1
            deepest = max(deepest, depth)
        below = list(_inner(node))
        if isinstance(node, ListValueNode | ObjectValueNode):
            _within(ITEMS, len(below))
        waiting += [(inner, depth) for inner in below]
    _within(DIRECTIVES, directives)
    _within(NESTING, deepest)


def _inner(node: Node) -> Iterator[Node]:
    """Return the nodes right below one."""
    for key in node.keys:
        value = getattr(node, key, None)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple | list):
            yield from (each for each in value if isinstance(each, Node))


def _refuse_cycles(fragments: Mapping[str, FragmentDefinitionNode]) -> None:
    """Let fragments pass of which none comes to itself again.

    Raises:
        GraphQLError: one does.
    """
    done: set[str] = set()

    def follow(name: str, path: tuple[str, ...], node: Node) -> None:
        if name in path:
            raise GraphQLError(f"The fragment {name} spreads itself", node)
        if name in done or name not in fragments:
            return
        for spread in _spreads(fragments[name].selection_set):
            follow(spread.name.value, (*path, name), spread)
        done.add(name)

    for name, fragment in fragments.items():
        follow(name, (), fragment)


def _spreads(selections: SelectionSetNode) -> Iterator[FragmentSpreadNode]:
    waiting: list[Node] = [selections]
    while waiting:
        node = waiting.pop()
        if isinstance(node, FragmentSpreadNode):
            yield node
        else:
            waiting += [each for each in _inner(node) if not isinstance(each, DirectiveNode)]


class _Walk:
    """One look at a document's fields, merged as they will be when it runs: what validating and running will cost."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self.fragments = fragments
        self.spread: set[str] = set()
        self.fields = 0
        self.pairs = 0
        self.aliases = 0
        self.introspected = 0

    def measure(self, selections: SelectionSetNode) -> None:
        """Count an operation's fields.

        Raises:
            OverLimit: there are too many, of one kind or another.
        """
        self.aliases = self.introspected = deepest = 0
        # The last is how many objects of introspection these are, and none outside of it.
        waiting: list[tuple[Sequence[SelectionSetNode], int, int]] = [([selections], 1, 0)]
        root_fields = 0
        while waiting:
            together, depth, times = waiting.pop()
            named = self._named(together)
            root_fields = root_fields or len(named)
            self._count_introspected(times * len(named))
            if named and not times:
                deepest = max(deepest, depth)
            for fields in named.values():
                self._count_pairs(fields)
                below = [field.selection_set for field in fields if field.selection_set]
                if below:
                    waiting.append((below, depth + 1, _introspected(fields[0].name.value, times)))
        _within(DEPTH, deepest)
        _within(ROOT_FIELDS, root_fields)
        _within(ALIASES, self.aliases)

    def _named(self, together: Sequence[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """Return the fields of some selections that are one object's, by what they are called in the answer."""
        named: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        waiting = list(together)
        while waiting:
            for node in waiting.pop().selections:
                if isinstance(node, FieldNode):
                    self._count_field(node)
                    named.setdefault((node.alias or node.name).value, []).append(node)
                elif not isinstance(node, FragmentSpreadNode):
                    waiting.append(node.selection_set)  # type: ignore[attr-defined]
                elif node.name.value not in seen:
                    seen.add(node.name.value)
                    _within(SPREADS, len(seen))
                    self.spread.add(node.name.value)
                    if node.name.value in self.fragments:
                        waiting.append(self.fragments[node.name.value].selection_set)
        return named

    def _count_field(self, field: FieldNode) -> None:
        self.fields += 1
        self.aliases += field.alias is not None
        if self.fields > LIMITS[FIELDS]:
            raise OverLimit(FIELDS, LIMITS[FIELDS], at_least=True)

    def _count_introspected(self, values: int) -> None:
        self.introspected += values
        if self.introspected > LIMITS[INTROSPECTED]:
            raise OverLimit(INTROSPECTED, LIMITS[INTROSPECTED], at_least=True)

    def _count_pairs(self, fields: Sequence[FieldNode]) -> None:
        """Count fields that have to be compared, and more than once those whose arguments have to be, too."""
        pairs = len(fields) * (len(fields) - 1) // 2
        self.pairs += pairs and pairs * (1 + max(map(_argument_length, fields)) // ARGUMENT_LENGTH)
        if self.pairs > LIMITS[PAIRS]:
            raise OverLimit(PAIRS, LIMITS[PAIRS], at_least=True)


def _introspected(name: str, times: int) -> int:
    """Return how many objects of introspection stand below a field of so many, 0 where it is no introspection."""
    if times:
        return times * INTROSPECTED_LENGTHS.get(name, 1)
    return 1 if name.startswith("__") else 0


def _argument_length(field: FieldNode) -> int:
    """Return how long the arguments of a field are, in characters."""
    first, last = (field.arguments[0].loc, field.arguments[-1].loc) if field.arguments else (None, None)
    return last.end - first.start if first and last else 0
