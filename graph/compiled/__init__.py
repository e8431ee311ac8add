"""Operations that are understood once and run as plans: SQL and builders of the answer, kept for each shape.

`selections` reads what an operation wants of a type, `roots` makes a runner of each root field, and `programs` puts the
runners of an operation together and keeps them. What has no plan here runs in graphql-core's executor, with the same
answer.
"""
