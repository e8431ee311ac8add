"""Who may use the dashboard: people, the stores that they look after, and their sessions."""

from piccolo.columns import JSONB, BigInt, BigSerial, Boolean, Bytea, ForeignKey, SmallInt, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from db.tables.stores import Store


class Account(Table, tablename="accounts"):
    """A person. Of the password an Argon2id hash is stored; a temporary one has to be changed before anything else."""

    id = BigSerial(primary_key=True)
    email = Varchar(length=190, unique=True)
    password_hash = Text()
    password_is_temporary = Boolean(default=False)
    language = Varchar(length=2, null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())

    email_in_one_form = Check("email = lower(email) AND email <> ''")
    password_is_hashed = Check("password_hash LIKE '$argon2id$%'")
    language_known = Check("language IN ('ar', 'fr', 'en')")


class Member(Table, tablename="members"):
    """A person's part in a store."""

    id = BigSerial(primary_key=True)
    account_id = ForeignKey(Account, null=False, on_delete=OnDelete.cascade)
    store_id = ForeignKey(Store, null=False, on_delete=OnDelete.cascade, index=True)
    role = Varchar(length=20)
    created_at = Timestamptz(default=TimestamptzNow())

    one_part_a_store = Unique([account_id, store_id])
    role_known = Check("role IN ('owner', 'developer', 'viewer')")


class Session(Table, tablename="sessions"):
    """A browser that somebody has signed in with. Of its token a hash is stored; the row is gone once it has ended."""

    id = BigSerial(primary_key=True)
    token_hash = Bytea(unique=True)
    account_id = ForeignKey(Account, null=False, on_delete=OnDelete.cascade, index=True)
    store_id = ForeignKey(Store, null=False, on_delete=OnDelete.cascade, index=True)
    in_sandbox = Boolean(default=False)
    created_at = Timestamptz(default=TimestamptzNow())
    last_seen_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(index=True)

    token_is_hashed = Check("octet_length(token_hash) = 32")


class MemberWrite(Table, tablename="member_writes"):
    """The first answer to each form that a member sent: what `IdempotencyKey` is to keys.

    A member may leave by a form of its own, so its row need not be there any more.
    """

    id = BigSerial(primary_key=True)
    member_id = BigInt()
    idempotency_key = Bytea()
    request_hash = Bytea()
    status = SmallInt()
    request_id = Varchar(length=64)
    body = Bytea()
    sealed = Boolean(default=False)
    created_at = Timestamptz(default=TimestamptzNow(), index=True)

    one_answer_a_form = Unique([member_id, idempotency_key])
    key_length = Check("octet_length(idempotency_key) BETWEEN 1 AND 255")


class ProductUpload(Table, tablename="product_uploads"):
    """A table of products that a member has sent and is yet to confirm; what its rows would do, or have done."""

    id = BigSerial(primary_key=True)
    member_id = ForeignKey(Member, null=False, on_delete=OnDelete.cascade, index=True)
    livemode = Boolean(default=True)
    name = Varchar(length=255)
    content = Bytea()
    report = JSONB()
    imported_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow(), index=True)
