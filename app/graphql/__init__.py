"""`/graphql`: GraphQL over HTTP, behind the same chain as `/v1`."""

from app.graphql.endpoint import handlers

__all__ = ["handlers"]
