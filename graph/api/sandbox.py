"""The sandbox in GraphQL."""

import strawberry

from graph import sandbox
from graph.api.declare import Info


@strawberry.type
class TestResetPayload:
    """What `testReset` answers."""

    deleted: int = strawberry.field(description="The number of rows deleted.")


@strawberry.type
class SandboxMutations:
    """What may happen to a sandbox alone."""

    @strawberry.mutation(
        description="Delete every row of the sandbox but its keys, usage and settings. Needs a test key (dzpk_test_…)."
    )
    async def test_reset(self, info: Info) -> TestResetPayload:
        return TestResetPayload(deleted=await sandbox.reset(info.context))
