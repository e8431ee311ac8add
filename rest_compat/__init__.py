"""The translation of `/v1` to the resolvers of `graph`. Holds no rule, no query and no scope."""
