"""The stages that every request of both surfaces passes, in order, each in a file of its own.

`request` (id, body) → `errors` (envelope around everything) → `credentials` → `idempotency` (writes) → the operation.
Limits and the cache of answers have their place between `credentials` and `idempotency`.
"""
