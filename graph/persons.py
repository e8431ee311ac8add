"""Which signups are whose: identifiers lead to a person, and one that knows two makes one of them (`contract.md §8`).

A signup is the first of a person unless its e-mail address, phone number or external id was seen before in that store
and mode. A repeat lends its other identifiers to the person. Where it has identifiers of several persons, they were one
all along: the one that was known first stays, and gets the identifiers and signups of the others. What was counted for
them stays counted: a bill of a month that is over doesn't change.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from db.engine import engine

# By what a person is known; an address on the net is nobody's own.
KINDS: Final = ("email", "phone", "external_user_id")


class Identifier(NamedTuple):
    """One identifier, as it is stored, in its store and mode."""

    store_id: int
    livemode: bool
    kind: str
    value: bytes


def identifiers_of(store_id: int, livemode: bool, payload: Mapping[str, object]) -> list[Identifier]:
    """Return the identifiers of a signup: keyed hashes as their bytes, an external id as UTF-8."""
    found = []
    for kind in KINDS:
        given = payload.get(kind)
        if isinstance(given, str):
            value = given.encode() if kind == "external_user_id" else bytes.fromhex(given)
            found.append(Identifier(store_id, livemode, kind, value))
    return found


@dataclass(slots=True)
class People:
    """The persons whom some signups are about: who was known, who is new, and who turned out to be another one."""

    known: dict[Identifier, int]
    fresh: Iterable[int]
    stored: set[Identifier] = field(init=False)
    made: dict[int, Identifier] = field(default_factory=dict)
    _became: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Remember what is stored already."""
        self.stored = set(self.known)
        self.fresh = iter(self.fresh)

    def meet(self, identifiers: Sequence[Identifier]) -> tuple[int, bool]:
        """Return whose signup it is, and whether it is that person's first."""
        found = sorted({self.now(self.known[each]) for each in identifiers if each in self.known})
        if found:
            person, first = found[0], False
        else:
            person, first = next(iter(self.fresh)), True
            self.made[person] = identifiers[0]
        self._became.update(dict.fromkeys(found[1:], person))
        for each in identifiers:
            self.known.setdefault(each, person)
        return person, first

    def now(self, person: int) -> int:
        """Return who a person turned out to be."""
        while person in self._became:
            person = self._became[person]
        return person

    def merged(self) -> dict[int, int]:
        """Return those who were there before and turned out to be another one, and whom."""
        return {person: self.now(person) for person in self._became if person not in self.made}

    async def store(self) -> None:
        """Write the new persons, merge those who are one, and write the new identifiers, on the running transaction."""
        new = [(person, of) for person, of in self.made.items() if person not in self._became]
        if new:
            await engine.write(
                "INSERT INTO persons (id, store_id, livemode)"
                " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bool[])",
                [person for person, _ in new],
                [of.store_id for _, of in new],
                [of.livemode for _, of in new],
            )
        merged = self.merged()
        if merged:
            pairs = (list(merged), list(merged.values()))
            for table in ("person_identifiers", "signups"):
                await engine.write(
                    f"UPDATE {table} t SET person_id = given.became"
                    " FROM unnest($1::bigint[], $2::bigint[]) AS given(was, became) WHERE t.person_id = given.was",
                    *pairs,
                )
            await engine.write("DELETE FROM persons WHERE id = ANY($1::bigint[])", pairs[0])
        lent = [(each, self.now(person)) for each, person in self.known.items() if each not in self.stored]
        if lent:
            await engine.write(
                "INSERT INTO person_identifiers (store_id, livemode, kind, value, person_id)"
                " SELECT * FROM unnest($1::bigint[], $2::bool[], $3::text[], $4::bytea[], $5::bigint[])",
                *(list(column) for column in zip(*(each for each, _ in lent), strict=True)),
                [person for _, person in lent],
            )


async def people(identifiers: Iterable[Identifier], most: int) -> People:
    """Return the persons whom these identifiers are known by, and ids for as many as may be new.

    Whoever calls it holds the lock of those stores' persons (`persons_hold`).
    """
    wanted = sorted(set(identifiers))
    columns = [list(column) for column in zip(*wanted, strict=True)] if wanted else [[], [], [], []]
    rows = await engine.fetch(
        "SELECT i.store_id, i.livemode, i.kind, i.value, i.person_id FROM person_identifiers i"
        " JOIN unnest($1::bigint[], $2::bool[], $3::text[], $4::bytea[]) AS given(store_id, livemode, kind, value)"
        " USING (store_id, livemode, kind, value)",
        *columns,
    )
    known = {
        Identifier(row["store_id"], row["livemode"], row["kind"], bytes(row["value"])): row["person_id"] for row in rows
    }
    fresh = await engine.write(
        "SELECT nextval(pg_get_serial_sequence('persons', 'id')) AS id FROM generate_series(1, $1::int)", most
    )
    return People(known, sorted(row["id"] for row in fresh))


async def persons_hold(stores: Iterable[tuple[int, bool]]) -> None:
    """Hold the persons of these stores and modes until the running transaction ends.

    Two workers that meet one unknown person at once would both make it. The locks are taken in one order by all, before
    anything else that others wait for, so workers wait for each other and don't deadlock.
    """
    for store_id, livemode in sorted(set(stores)):
        await engine.write(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
            f"persons {store_id} {'live' if livemode else 'test'}",
        )
