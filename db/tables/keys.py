"""API keys, and the ledger of what was answered under an `Idempotency-Key`."""

from piccolo.columns import Array, BigSerial, Boolean, Bytea, ForeignKey, SmallInt, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from db.tables.stores import Store


class ApiKey(Table, tablename="api_keys"):
    """A platform or public key of one store and mode. Of its secret only a hash is stored (`contract.md §3`)."""

    id = BigSerial(primary_key=True)
    store_id = ForeignKey(Store, null=False, on_delete=OnDelete.cascade)
    livemode = Boolean(default=True)
    key_id = Varchar(length=64, unique=True)
    type = Varchar(length=10)
    name = Varchar(length=100)
    scopes = Array(Varchar(), default=list)
    secret_hash = Bytea(null=True, default=None)
    previous_secret_hash = Bytea(null=True, default=None)
    previous_secret_until = Timestamptz(null=True, default=None)
    signing_secret = Bytea(null=True, default=None)
    previous_signing_secret = Bytea(null=True, default=None)
    allowed_origins = Array(Text(), default=list)
    registered_operations_only = Boolean(default=False)
    status = Varchar(length=10, default="active")
    expires_at = Timestamptz(null=True, default=None)
    revoked_at = Timestamptz(null=True, default=None)
    last_used_at = Timestamptz(null=True, default=None)
    last_used_ip = Varchar(length=45, null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())

    type_known = Check("type IN ('platform', 'public')")
    status_known = Check("(status = 'active') = (revoked_at IS NULL) AND status IN ('active', 'revoked')")
    secret_fits_type = Check("type = 'public' OR octet_length(secret_hash) = 32")
    previous_secret_ends = Check(
        "previous_secret_until IS NOT NULL OR (previous_secret_hash IS NULL AND previous_signing_secret IS NULL)"
    )
    signing_secret_fits_type = Check("(type = 'public') = (signing_secret IS NOT NULL)")


class IdempotencyKey(Table, tablename="idempotency_keys"):
    """The first answer to each write, kept in the transaction that did the work (`contract.md §5`)."""

    id = BigSerial(primary_key=True)
    api_key_id = ForeignKey(ApiKey, null=False, on_delete=OnDelete.cascade)
    idempotency_key = Bytea()
    request_hash = Bytea()
    status = SmallInt()
    request_id = Varchar(length=64)
    body = Bytea()
    sealed = Boolean(default=False)
    created_at = Timestamptz(default=TimestamptzNow(), index=True)

    one_answer_a_key = Unique([api_key_id, idempotency_key])
    key_length = Check("octet_length(idempotency_key) BETWEEN 1 AND 255")


class RegisteredOperation(Table, tablename="registered_operations"):
    """A GraphQL document that keys with `registered_operations_only` may run, in both modes (`contract.md §9`)."""

    id = BigSerial(primary_key=True)
    store_id = ForeignKey(Store, null=False, on_delete=OnDelete.cascade)
    sha256 = Varchar(length=64)
    name = Varchar(length=200)
    document = Text()
    created_at = Timestamptz(default=TimestamptzNow())

    once_a_store = Unique([store_id, sha256])
    sha256_is_hex = Check("sha256 ~ '^[0-9a-f]{64}$'")
    document_length = Check("octet_length(document) BETWEEN 1 AND 65536")
