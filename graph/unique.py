"""Values that only one row of a store may have."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import asyncpg

from graph.errors import conflict


@contextmanager
def unique(fields: Mapping[str, str], kind: str) -> Iterator[None]:
    """Make a value that another row of the store has a conflict that names its field.

    The conflict leaves the transaction unusable: it has to be rolled back, to a savepoint at least.

    Args:
        fields: which field each unique index is about.
        kind: what the rows are, as `product`.

    Raises:
        ApiError: `conflict`.
    """
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        field = fields.get(error.constraint_name or "")
        if field is None:
            raise
        raise conflict(field, f"Another {kind} of this store has this {field}: use another one") from error
