"""Column types of PostgreSQL that Piccolo lacks."""

from typing import Any

from piccolo.columns import Column
from piccolo.columns.defaults.base import Default


class CurrentTransaction(Default):
    """The transaction that inserts the row."""

    @property
    def postgres(self) -> str:
        """Return the SQL."""
        return "pg_current_xact_id()"

    @property
    def sqlite(self) -> str:
        """Refuse: SQLite has no such thing."""
        raise NotImplementedError

    def python(self) -> Any:
        """Refuse: only the server knows it."""
        raise NotImplementedError


class TransactionId(Column):
    """A transaction's id (`xid8`), by default the inserting one's: it never wraps around, so ids can be compared."""

    value_type = int
    column_type = "xid8"

    def __init__(self, default: Default = CurrentTransaction(), **options: Any) -> None:  # noqa: B008 -- a constant
        self.default = default
        super().__init__(default=default, **options)
