"""What delivery costs."""

from piccolo.columns import BigInt, BigSerial, Boolean, ForeignKey, SmallInt
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from db.tables.catalogue import MONEY
from db.tables.stores import Store


class DeliveryRate(Table, tablename="delivery_rates"):
    """A store's fees in one wilaya: to the door and to a desk; null where it does not deliver."""

    id = BigSerial(primary_key=True)
    store_id = ForeignKey(Store, null=False, on_delete=OnDelete.cascade)
    livemode = Boolean(default=True)
    wilaya_id = SmallInt()
    home = BigInt(null=True, default=None)
    desk = BigInt(null=True, default=None)

    one_rate_a_wilaya = Unique([store_id, livemode, wilaya_id])
    wilaya_positive = Check("wilaya_id > 0")
    home_range = Check(f"home {MONEY}")
    desk_range = Check(f"desk {MONEY}")
