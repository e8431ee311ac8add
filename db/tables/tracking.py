"""Signed writes of public keys: which were accepted, and what waits to be taken in."""

from piccolo.columns import JSONB, BigInt, BigSerial, Boolean, Bytea, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from db.tables.keys import ApiKey
from db.tables.stores import Store


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


class DeadMessage(Table, tablename="inbox_dead"):
    """What was acknowledged and could not be taken in, with the reason: kept until an operator tries it again.

    Its id is the one that it had in the inbox. What was taken in stands in `signups` and, partitioned by month,
    in `tracking.events`, which a migration makes: Piccolo knows no partitions.
    """

    id = BigInt(primary_key=True)
    store_id = BigInt()
    livemode = Boolean()
    api_key_id = BigInt()
    kind = Varchar(length=10)
    payload = JSONB()
    received_at = Timestamptz()
    reason = Text()
    died_at = Timestamptz(default=TimestamptzNow())


class Person(Table, tablename="persons"):
    """Somebody who signed up in a store, known by identifiers alone (`contract.md §8`)."""

    id = BigSerial(primary_key=True)
    store_id = ForeignKey(Store, null=False, on_delete=OnDelete.cascade, index=True)
    livemode = Boolean(default=True)
    created_at = Timestamptz(default=TimestamptzNow())


class PersonIdentifier(Table, tablename="person_identifiers"):
    """What a person is known by: a keyed hash of an e-mail address or a phone number, or the merchant's own id."""

    id = BigSerial(primary_key=True)
    store_id = ForeignKey(Store, null=False, on_delete=OnDelete.cascade)
    livemode = Boolean(default=True)
    kind = Varchar(length=20)
    value = Bytea()
    person_id = ForeignKey(Person, null=False, on_delete=OnDelete.cascade, index=True)

    one_person_an_identifier = Unique([store_id, livemode, kind, value])
    identifier_kind_known = Check("kind IN ('email', 'phone', 'external_user_id')")


class Signup(Table, tablename="signups"):
    """A signup that was taken in. Its id is the one that it had in the inbox, so it can't be there twice."""

    id = BigInt(primary_key=True)
    store_id = ForeignKey(Store, null=False, on_delete=OnDelete.cascade)
    livemode = Boolean(default=True)
    api_key_id = BigInt()
    person_id = ForeignKey(Person, null=False, on_delete=OnDelete.cascade, index=True)
    source = Varchar(length=64, null=True, default=None)
    country = Varchar(length=2, null=True, default=None)
    ip_hash = Bytea(null=True, default=None)
    meta = JSONB(default="{}")
    counted = Boolean(default=False)
    received_at = Timestamptz()

    meta_object = Check("jsonb_typeof(meta) = 'object'")
