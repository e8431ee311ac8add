"""The domain: what may be read, what may happen, and who may. Knows nothing of HTTP."""
