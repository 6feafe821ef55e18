import asyncio

from dialoom.agents.clients.sharing import Shared


class Pool:
    def __init__(self) -> None:
        self.closed = 0

    async def close(self) -> None:
        self.closed += 1


def test_users_of_one_key_share_until_the_last_lets_go() -> None:
    async def run() -> None:
        pools = Shared(Pool.close)
        one, two, other = pools.take("a", Pool), pools.take("a", Pool), pools.take("b", Pool)
        assert one is two is not other
        await pools.release("a")
        assert one.closed == 0
        await pools.release("a")
        await pools.release("a")
        assert (one.closed, other.closed) == (1, 0)
        assert pools.take("a", Pool) is not one

    asyncio.run(run())


def test_each_event_loop_has_its_own() -> None:
    pools = Shared(Pool.close)

    async def taken() -> Pool:
        return pools.take("a", Pool)

    assert asyncio.run(taken()) is not asyncio.run(taken())
