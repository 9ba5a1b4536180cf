"""Whoever may write to the database and has no key moves, takes and puts back what is sealed.

Each trick is played on the rows, and refused with an alarm where a question would read the
value. Its twin, the file that nobody touched, is read.
"""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import psycopg
import pytest

from app.records import filing
from app.records.contents import Cell, Contents, Newest
from app.records.excerpt import StoredFile
from app.telemetry import logs
from app.vault.sealing import Address, DataKey, Unopenable
from app.vocabulary.ids import FieldName, SubjectId, TenantId, random_id
from app.vocabulary.json import Json
from tests.parties import BERGSTRASSE, Household, Office

NEED = FieldName("benefit.standard_need")
NAME = FieldName("person.name")
PLAN = FieldName("integration.plan")
WHOSE = {"case_values": "subject", "case_contents": "subject", "data_keys": "owner"}
Rows: TypeAlias = dict[str, list[dict[str, Any]]]  # Any: rows as JSON


@dataclass(frozen=True)
class Intruder:
    """A superuser, whom no policy holds up, and a file of theirs to work on."""

    url: str
    office: Office
    household: Household

    @property
    def named(self) -> dict[str, object]:
        case = self.household.case
        return {"case": case, "me": self.me, "you": self.household.id_of("p2")}

    @property
    def me(self) -> SubjectId:
        return SubjectId(self.household.id_of("p1"))

    def does(self, statement: str, **values: object) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            done = connection.execute(statement.encode(), {**self.named, **values})
            assert done.rowcount > 0

    def copies(self) -> Rows:
        """All that is sealed of one person."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return {
                table: [
                    row
                    for (row,) in connection.execute(
                        f"SELECT to_jsonb(t) FROM {table} AS t WHERE {whose} = %(me)s".encode(),  # noqa: S608 - our own names
                        self.named,
                    )
                ]
                for table, whose in WHOSE.items()
            }

    def puts_back(self, copied: Rows, *tables: str, field: str | None = None) -> None:
        """Takes the place of what is there now; of values, those of one field alone."""
        for table in tables:
            only = f"{WHOSE[table]} = %(me)s" + ("" if field is None else " AND field = %(field)s")
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(
                    f"DELETE FROM {table} WHERE {only}".encode(),  # noqa: S608 - our own names
                    {**self.named, "field": field},
                )
            rows = [row for row in copied[table] if field is None or row["field"] == field]
            assert rows
            for row in rows:
                self.does(
                    f"INSERT INTO {table} "  # noqa: S608 - our own names
                    f"SELECT * FROM jsonb_populate_record(NULL::{table}, %(row)s)",
                    row=json.dumps(row),
                )

    async def office_pushes(self, need: int, *, plan: int | None = 1) -> None:
        values: dict[tuple[SubjectId, FieldName], Json] = {
            (self.me, NEED): need,
            (self.me, NAME): {"given": "Quitta"},
            (SubjectId(self.household.id_of("p2")), NEED): 0,
        }
        if plan is not None:
            values[self.me, PLAN] = plan
        async with self.office.database.transaction(BERGSTRASSE) as tx:
            await filing.replace(
                tx,
                self.office.vault,
                tenant=BERGSTRASSE,
                case=self.household.case_id,
                values=values,
            )

    async def reads(self, file: StoredFile, *fields: FieldName) -> list[Json]:
        wanted = frozenset((self.me, field) for field in fields)
        found = await file.read(BERGSTRASSE, self.household.case_id, wanted)
        return [found.get((self.me, field)) for field in fields]

    def file(self) -> StoredFile:
        return StoredFile(self.office.database, self.office.vault)


@pytest.fixture
async def intruder(office: Office, superuser_url: str) -> Intruder:
    made = Intruder(superuser_url, office, await office.case())
    await made.office_pushes(1)
    return made


async def refused(intruder: Intruder, *fields: FieldName, file: StoredFile | None = None) -> None:
    """With an alarm, and without a word of what was in it."""
    logged = io.StringIO()
    logs.configure(logged)
    with pytest.raises(Unopenable):
        await intruder.reads(file or intruder.file(), *fields)
    told = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert [each["event"] for each in told] == ["sealed value unopenable"]
    assert {each["kind"] for each in told} <= {"case_values.sealed", "case_contents.sealed"}
    assert "Quitta" not in logged.getvalue()


SWAPPED = """
    UPDATE case_values AS v SET id = o.id, version = o.version, sealed = o.sealed
    FROM case_values AS o WHERE o.subject = %(me)s AND v.subject = %(me)s
    AND (v.field, o.field) IN (('benefit.standard_need', 'integration.plan'),
    ('integration.plan', 'benefit.standard_need'))
"""
OF_ANOTHER = """
    UPDATE case_values AS v SET id = o.id, version = o.version, sealed = o.sealed
    FROM case_values AS o WHERE o.subject = %(you)s AND v.subject = %(me)s
    AND v.field = 'benefit.standard_need' AND o.field = v.field
"""
TRICKS: dict[str, str] = {
    "another cell": """
        UPDATE case_values AS v SET sealed = o.sealed FROM case_values AS o
        WHERE v.subject = %(me)s AND o.subject = %(me)s
        AND v.field = 'benefit.standard_need' AND o.field = 'integration.plan'""",
    "another cell with its row": SWAPPED,
    "another person": OF_ANOTHER,
    "another row": "UPDATE case_values SET id = gen_random_uuid() WHERE subject = %(me)s",
    "another version": "UPDATE case_values SET version = version - 1 WHERE subject = %(me)s",
    "taken out": "DELETE FROM case_values WHERE subject = %(me)s AND field LIKE 'benefit%%'",
    "all taken out": "DELETE FROM case_values WHERE subject = %(me)s",
    "contents taken out": "DELETE FROM case_contents WHERE subject = %(me)s",
    "contents of another person": """
        UPDATE case_contents AS c SET version = o.version, sealed = o.sealed
        FROM case_contents AS o WHERE o.subject = %(you)s AND c.subject = %(me)s""",
    "contents counted up": "UPDATE case_contents SET version = version + 1 WHERE subject = %(me)s",
    "contents altered": "UPDATE case_contents SET sealed = set_byte(sealed, 30, "
    "get_byte(sealed, 30) # 1) WHERE subject = %(me)s",
}


@pytest.mark.parametrize("trick", TRICKS)
async def test_what_was_moved_or_taken_out_is_refused_with_an_alarm(
    intruder: Intruder, trick: str
) -> None:
    assert await intruder.reads(intruder.file(), NEED) == [1]

    intruder.does(TRICKS[trick])

    await refused(intruder, NEED)


async def test_an_older_version_put_back_with_its_number_is_refused(intruder: Intruder) -> None:
    older = intruder.copies()
    await intruder.office_pushes(2)
    assert await intruder.reads(intruder.file(), NEED, PLAN) == [2, 1]

    intruder.puts_back(older, "case_values", field=NEED)

    await refused(intruder, NEED)
    assert await intruder.reads(intruder.file(), PLAN) == [1]


async def test_a_value_that_the_office_took_out_is_refused_when_put_back(
    intruder: Intruder,
) -> None:
    older = intruder.copies()
    await intruder.office_pushes(1, plan=None)
    assert await intruder.reads(intruder.file(), NEED, PLAN) == [1, None]

    intruder.puts_back(older, "case_values", field=PLAN)

    await refused(intruder, PLAN)


@pytest.mark.parametrize(
    "tables",
    [("case_values",), ("case_contents",), ("case_contents", "data_keys")],
    ids=["values alone", "contents alone", "contents and key"],
)
async def test_half_of_an_older_part_put_back_is_refused(
    intruder: Intruder, tables: tuple[str, ...]
) -> None:
    older = intruder.copies()
    await intruder.office_pushes(2)

    intruder.puts_back(older, *tables)

    await refused(intruder, NEED)


async def test_versions_that_come_twice_do_not_stand_in_for_each_other(intruder: Intruder) -> None:
    """Put back, and pushed anew: the cell has its earlier number and not its earlier value."""
    older = intruder.copies()
    await intruder.office_pushes(2)
    newer = intruder.copies()
    intruder.puts_back(older, "case_values", "case_contents")
    await intruder.office_pushes(3)
    assert await intruder.reads(intruder.file(), NEED) == [3]
    numbers = [
        [row["version"] for row in copied["case_values"] if row["field"] == NEED]
        for copied in (newer, intruder.copies())
    ]

    intruder.puts_back(newer, "case_values", field=NEED)

    assert numbers[0] == numbers[1]
    await refused(intruder, NEED)


async def test_contents_of_the_same_persons_other_case_are_refused(
    intruder: Intruder, office: Office
) -> None:
    other = await office.case()
    me = (intruder.me, NEED)
    async with office.database.transaction(BERGSTRASSE) as tx:
        await filing.replace(
            tx, office.vault, tenant=BERGSTRASSE, case=other.case_id, values={me: 9}
        )
    file = intruder.file()
    there = await file.read(BERGSTRASSE, other.case_id, frozenset({me}))
    assert (there, await intruder.reads(file, NEED)) == ({me: 9}, [1])

    for table in ("case_values", "case_contents"):
        intruder.does(f"DELETE FROM {table} WHERE subject = %(me)s AND case_id = %(case)s")  # noqa: S608 - our own names
        intruder.does(f"UPDATE {table} SET case_id = %(case)s WHERE subject = %(me)s")  # noqa: S608 - our own names

    await refused(intruder, NEED)


async def test_a_file_given_to_another_tenant_is_refused(intruder: Intruder) -> None:
    theirs = TenantId("main-kinzig")
    for table, whose in WHOSE.items():
        intruder.does(f"UPDATE {table} SET tenant = 'main-kinzig' WHERE {whose} = %(me)s")  # noqa: S608 - our own names

    with pytest.raises(Unopenable):
        await intruder.file().read(
            theirs, intruder.household.case_id, frozenset({(intruder.me, NEED)})
        )


async def test_a_whole_part_put_back_is_refused_by_who_has_read_the_newer_one_alone(
    intruder: Intruder,
) -> None:
    """What remains, as SECURITY.md says: a process that was started since cannot know."""
    older = intruder.copies()
    await intruder.office_pushes(2)
    has_read = intruder.file()
    assert await intruder.reads(has_read, NEED) == [2]

    intruder.puts_back(older, "case_values", "case_contents")

    await refused(intruder, NEED, file=has_read)
    assert await intruder.reads(intruder.file(), NEED) == [1]


async def test_what_the_office_pushes_afterwards_is_read_again(intruder: Intruder) -> None:
    older = intruder.copies()
    await intruder.office_pushes(2)
    file = intruder.file()
    assert await intruder.reads(file, NEED) == [2]
    intruder.puts_back(older, "case_values", "case_contents")
    await refused(intruder, NEED, file=file)

    await intruder.office_pushes(3)

    assert await intruder.reads(file, NEED) == [3]


def test_versions_only_go_up_and_the_oldest_read_is_forgotten_first() -> None:
    newest, case, (one, two, three) = Newest(most=2), random_id(), [random_id() for _ in range(3)]
    for subject, version in ((one, 5), (one, 3), (two, 1), (three, 1)):
        newest.remember(BERGSTRASSE, case, subject, version)

    assert newest.of(BERGSTRASSE, case, [one, two, three]) == {one: 0, two: 1, three: 1}
    newest.remember(BERGSTRASSE, case, two, 7)
    newest.remember(BERGSTRASSE, case, two, 6)
    assert newest.of(BERGSTRASSE, case, [two]) == {two: 7}
    assert newest.of(TenantId("main-kinzig"), case, [two]) == {two: 0}


@pytest.mark.parametrize(
    "alter",
    [
        lambda cell: Cell("b", cell.row, cell.version, cell.clear),
        lambda cell: Cell(cell.field, random_id(), cell.version, cell.clear),
        lambda cell: Cell(cell.field, cell.row, cell.version + 1, cell.clear),
        lambda cell: Cell(cell.field, cell.row, cell.version, b"2"),
    ],
    ids=["field", "row", "version", "value"],
)
def test_contents_vouch_for_a_cell_only_as_it_was_listed(alter: Callable[[Cell], Cell]) -> None:
    cell = Cell("a", random_id(), 1, b"1")
    other, listed = alter(cell), Contents.of([cell, Cell("c", random_id(), 1, b"1")])

    assert listed.vouches_for(cell)
    assert not listed.vouches_for(other)
    assert not listed.amended(without=["a"]).lists("a")
    assert listed.amended(other).vouches_for(other)
    assert (repr(cell), repr(listed)) == ("<Cell>", "<Contents>")


def test_what_is_no_whole_contents_is_refused() -> None:
    key, at = DataKey(b"k" * 32), Address(BERGSTRASSE, "case_contents.sealed", random_id(), 1)
    listed = Contents.of([Cell("a", random_id(), 1, b"1")])

    assert Contents.opened(key, listed.sealed(key, at), at) == listed
    with pytest.raises(Unopenable):
        Contents.opened(key, key.seal(b"a part", at), at)
