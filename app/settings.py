"""Every setting of the process: its name, its default, its environment variable.

`DATABASE_URL` and `REDIS_URL` are read under these names, everything else under `DZBUILD_<NAME>`.
The README's table is checked against this module by a test.
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings, read once from the environment and from nowhere else."""

    model_config = SettingsConfigDict(env_prefix="DZBUILD_", frozen=True, extra="ignore")

    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "database_url"),
        description="PostgreSQL 15 or later; without it an embedded PostgreSQL 18 is started",
    )
    redis_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("REDIS_URL", "redis_url"),
        description="Valkey or Redis 7.2 or later; without it an embedded Valkey 9 is started",
    )
    redis_cluster: bool = Field(default=False, description="`true` where `REDIS_URL` is one server of a cluster")
    data_dir: Path = Field(default=Path(".dzbuild"), description="Where the embedded servers keep their data")
    app_keys: SecretStr | None = Field(
        default=None,
        description="Keys that seal stored secrets, separated by commas, each of 32 characters or more: the first one "
        "seals, all open; without it one is made in the data folder (`app.key`)",
    )
    host: str = Field(default="127.0.0.1", description="The address that the server listens on")
    port: int = Field(
        default=8000, ge=0, le=65535, description="The port that the server listens on; 0 takes a free one"
    )
    public_url: str | None = Field(
        default=None, description="The address that clients see, when it is not `http://host:port`"
    )
    workers: int = Field(default=1, ge=1, le=256, description="Processes that answer requests")
    database_pool_size: int = Field(default=16, ge=2, le=1000, description="Connections to PostgreSQL of each process")
    database_statement_cache: int = Field(
        default=512, ge=0, description="Prepared statements kept on each connection; 0 behind PgBouncer"
    )
    database_timeout: float = Field(
        default=10.0, gt=0, description="Seconds that one statement may take before it is given up"
    )
    unauthenticated_per_minute: int = Field(
        default=60, ge=1, description="Requests a minute of one address without valid credentials"
    )
    public_per_address_per_minute: int = Field(
        default=60, ge=1, description="Requests a minute of one address with one public key"
    )
    trusted_proxies: str = Field(
        default="", description="Networks, comma-separated, whose `X-Forwarded-For` is believed"
    )
    metrics_networks: str = Field(
        default="127.0.0.0/8,::1/128", description="Networks, comma-separated, that may read `/metrics`"
    )
    inbox_limit: int = Field(
        default=100_000, ge=1, description="Signups and events that may wait to be taken in; more are refused (503)"
    )
    tracked_months: int = Field(
        default=0,
        ge=0,
        description="Whole months that tracked events are kept beside the running one; 0 keeps them all",
    )
    request_log_days: int = Field(
        default=7, ge=0, le=90, description="Days that the log of requests is kept, today among them; 0 logs none"
    )
    webhook_ports: str = Field(
        default="80,443,8080,8443", description="Ports that webhooks may go to, such as `443` or `80,443,8000-8999`"
    )
    webhook_private_networks: bool = Field(
        default=False,
        description="`true` lets webhooks go to loopback and private networks, for development; `dzbuild demo` and "
        "`dzbuild sandbox` set it. Metadata addresses of clouds stay refused",
    )
    webhook_timeout: float = Field(
        default=10.0,
        gt=0,
        description="Seconds that a webhook's receiver has to answer; what a worker that died was sending is sent "
        "again by another after three times as long",
    )
    graphql_plans: bool = Field(
        default=True, description="`false` runs every GraphQL operation field by field: for comparing, never needed"
    )
    demo: bool = Field(
        default=False,
        description="`true` fills the demo shop's key into the page at `/graphql` for browsers on the same machine, "
        "and serves `/examples/storefront/`; `dzbuild demo` sets it",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is logged"
    )
    log_format: Literal["json", "console"] = Field(
        default="json", description="`json` is a line of JSON an event; `console` is for people"
    )


def listed(text: str) -> tuple[str, ...]:
    """Return the parts of a comma-separated setting."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the process's settings."""
    return Settings()


def given_keys(values: Settings) -> str | None:
    """Return the app's keys in the clear, None where the settings have none."""
    return None if values.app_keys is None else values.app_keys.get_secret_value()
