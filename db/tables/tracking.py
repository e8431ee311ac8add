"""Signed writes of public keys: which were accepted, and what waits to be taken in."""

from piccolo.columns import JSONB, BigInt, BigSerial, Boolean, Bytea, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from db.tables.keys import ApiKey


class SignedRequest(Table, tablename="signed_requests"):
    """An accepted signed write: its nonce is used up, and its idempotency key stands for it (`contract.md §3`, §5)."""

    id = BigSerial(primary_key=True)
    api_key_id = ForeignKey(ApiKey, null=False, on_delete=OnDelete.cascade)
    nonce = Bytea()
    idempotency_key = Bytea(null=True, default=None)
    request_hash = Bytea()
    created_at = Timestamptz(default=TimestamptzNow(), index=True)

    one_use_a_nonce = Unique([api_key_id, nonce])
    nonce_length = Check("octet_length(nonce) = 16")
    key_length = Check("octet_length(idempotency_key) BETWEEN 1 AND 255")


class Inbox(Table, tablename="inbox"):
    """What was acknowledged and waits for its worker: a plain queue, with no index but its order.

    It has no foreign keys, so that a row costs as little as it can; the worker leaves out what has lost its store.
    """

    id = BigSerial(primary_key=True)
    store_id = BigInt()
    livemode = Boolean()
    api_key_id = BigInt()
    kind = Varchar(length=10)
    payload = JSONB()
    received_at = Timestamptz(default=TimestamptzNow())

    kind_known = Check("kind IN ('signup', 'event')")
    payload_object = Check("jsonb_typeof(payload) = 'object'")
