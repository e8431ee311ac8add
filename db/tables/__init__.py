"""The tables, one module a resource. Composite, partial and trigram indexes stand in the migrations."""

from piccolo.table import Table

from db.tables.accounts import Account, Member, MemberWrite, ProductUpload, Session
from db.tables.catalogue import Category, Product, ProductImage, ProductVariant
from db.tables.customers import Customer
from db.tables.delivery import DeliveryRate
from db.tables.events import Event
from db.tables.keys import ApiKey, IdempotencyKey, RegisteredOperation
from db.tables.orders import Order, OrderItem, OrderTimeline, StockMovement
from db.tables.pages import LandingPage
from db.tables.requests import LoggedRequest
from db.tables.stores import Store
from db.tables.tracking import DeadMessage, Inbox, Person, PersonIdentifier, SignedRequest, Signup
from db.tables.usage import UsageHistory, UsageHour
from db.tables.webhooks import Webhook, WebhookDelivery

# In the order of their foreign keys.
TABLES: tuple[type[Table], ...] = (
    Store,
    ApiKey,
    IdempotencyKey,
    SignedRequest,
    Inbox,
    DeadMessage,
    Person,
    PersonIdentifier,
    Signup,
    Category,
    Product,
    ProductImage,
    ProductVariant,
    DeliveryRate,
    LandingPage,
    UsageHour,
    RegisteredOperation,
    Event,
    Customer,
    Order,
    OrderItem,
    OrderTimeline,
    StockMovement,
    Webhook,
    WebhookDelivery,
    Account,
    Member,
    Session,
    MemberWrite,
    ProductUpload,
)

__all__ = [
    "TABLES",
    "Account",
    "ApiKey",
    "Category",
    "Customer",
    "DeadMessage",
    "DeliveryRate",
    "Event",
    "IdempotencyKey",
    "Inbox",
    "LandingPage",
    "LoggedRequest",
    "Member",
    "MemberWrite",
    "Order",
    "OrderItem",
    "OrderTimeline",
    "Person",
    "PersonIdentifier",
    "Product",
    "ProductImage",
    "ProductUpload",
    "ProductVariant",
    "RegisteredOperation",
    "Session",
    "SignedRequest",
    "Signup",
    "StockMovement",
    "Store",
    "UsageHistory",
    "UsageHour",
    "Webhook",
    "WebhookDelivery",
]
