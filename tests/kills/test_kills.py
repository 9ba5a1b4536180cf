"""Killed at random moments, the product lost nothing, doubled nothing and left nothing unaudited.

SIGKILL to the process that answers, to the one that sequences, to the database's own; to the one
that sequences also at each step of its transaction. Clients note
every 200 they get and ask again where they get none. Afterwards: what was told is there; each
thing that is there has one entry, and each entry one thing; each entry's payload opens and names
its thing; and the log verifies.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from uuid import UUID

from sqlalchemy import text

from app.audit.canonical import parsed
from app.audit.leaves import SALT_BYTES, Leaf, commitment
from app.audit.notes import Checkpoint
from app.audit.reading import LogReader
from app.audit.tiles import files
from app.audit.verification import verify_log
from app.database.engine import Database
from app.vocabulary.ids import EntryId
from tests.kills.product import Part, Product, killed
from tests.kills.zygote import TENANT, Moment, key_of, sealer_of

# `make thorough` says so by this profile. KLARFALL_KILLS is for a share of the long run.
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
KILLS = int(os.environ.get("KLARFALL_KILLS", "1000" if THOROUGH else "40"))
EVERYTHING = text("""
    SELECT entry, leaf, sealed, in_tree FROM (
        SELECT entry, leaf, true AS in_tree FROM audit_entries
        UNION ALL SELECT entry, leaf, false FROM audit_queue
    ) AS entries FULL JOIN audit_payloads USING (entry)
""")


@contextmanager
def running() -> Iterator[Product]:
    folder = Path(mkdtemp(prefix="klarfall-kills-"))
    folder.chmod(0o711)  # so that PostgreSQL's own user may pass through
    try:
        with Product(folder) as product:
            yield product
    finally:
        rmtree(folder, ignore_errors=True)


async def drained(database: Database) -> None:
    async with asyncio.timeout(60):
        while True:
            async with database.transaction(TENANT) as tx:
                if (await tx.execute(text("SELECT count(*) FROM audit_queue"))).scalar_one() == 0:
                    return
            await asyncio.sleep(0.05)


async def whole(product: Product) -> None:
    """Raises AssertionError, with the counts, unless everything is there once."""
    database = Database(product.app_url)
    try:
        await drained(database)
        sealer = sealer_of(product.order)
        named: Counter[UUID] = Counter()
        async with database.transaction(TENANT) as tx:
            business = set((await tx.execute(text("SELECT id FROM business"))).scalars())
            rows = (await tx.execute(EVERYTHING)).all()
            for row in rows:
                opened = await sealer.open(tx, TENANT, EntryId(row.entry), bytes(row.sealed))
                salt, payload = opened[:SALT_BYTES], opened[SALT_BYTES:]
                assert Leaf.decode(bytes(row.leaf)).commitment == commitment(salt, payload)
                named[UUID(str(parsed(payload)["release"]))] += 1
        told = product.told
        found = {
            "lost": len(set(told) - business),
            "unaudited": len(business - named.keys()),
            "phantom": len(named.keys() - business),
            "doubled": sum(named.values()) - len(named) + len(told) - len(set(told)),
            "outside the tree": sum(not row.in_tree for row in rows),
        }
        assert found == dict.fromkeys(found, 0)
        assert (await verified(product, database)) == len(business) >= len(told)
    finally:
        await database.close()


async def verified(product: Product, database: Database) -> int:
    key = key_of(product.order).verifier
    reader = LogReader(database, {TENANT: key})
    note = await reader.checkpoint(TENANT)
    size = Checkpoint.parse(note.partition("\n\n")[0] + "\n").size
    served = {tile.path: await reader.file(TENANT, tile.path) for tile in files(size)}
    return verify_log({**served, "checkpoint": note.encode()}.__getitem__, key.vkey).size


def survives(times: int, seed: int) -> None:
    with running() as product:
        killed(product, times, seed=seed)
        product.stop_clients()
        asyncio.run(whole(product))
        assert sum(product.kills.values()) == times
        assert all(product.kills[part] >= times // 20 for part in Part), product.kills
        assert product.moments.keys() == set(Moment)
        assert sum(client.unanswered for client in product.clients) > 0


def test_after_kills_nothing_is_lost_doubled_unaudited_or_made_up() -> None:
    """AP-12, AP-14."""
    survives(KILLS, seed=KILLS)
