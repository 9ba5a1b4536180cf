"""SU-05: whatever happens in whichever order, a session is as sure as its provider's last word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from secrets import token_urlsafe

import httpx2
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.vocabulary.levels import Assurance
from tests.fixtures import ROOT
from tests.refuge import entrust, mandates
from tests.service import OUR_CALL
from tests.web.detours import Detour, Row, make_honest

QUESTION = "Wann kommt mein Geld, und wie hoch ist mein Regelbedarf?"
ASKED_FOR = frozenset({"benefit.next_payment", "benefit.standard_need"})
LEVELS = tuple(level.word for level in Assurance)
# Seconds since somebody signed in, as the provider says it; around the ages that are asked for.
AGES = st.sampled_from([0, 61, 65, 66, 3605, 3606, 30_000])
WORDS = st.sampled_from([*LEVELS, "gold"])
CAME = st.sampled_from(["as themselves"] * 5 + ["as another", "cancelled", "provider away"])
STEPS = st.one_of(
    st.tuples(st.just("sign in"), st.booleans(), WORDS, AGES),
    st.tuples(
        st.just("step up"),
        st.sampled_from(LEVELS),
        st.sampled_from([60, 3600, 28_800]),
        st.sampled_from([0, 1, 9]),
        CAME,
        WORDS,
        AGES,
    ),
    st.tuples(st.just("wait"), st.sampled_from([1, 5, 16])),
    st.tuples(st.just("act"), st.sampled_from(["SELF", "PROXY"])),
    st.tuples(st.just("look")),
)


@cache
def floors() -> Mapping[str, tuple[str, int]]:
    """By field, as the sheet has it and not as the service reads it."""
    sheet = yaml.safe_load((ROOT / "policies" / "fields.yaml").read_text())
    return {
        name: (said["min_assurance"], said["max_authentication_age"])
        for name, said in sheet.items()
        if "min_assurance" in said
    }


@dataclass
class Session:
    """What must be true of the browser's session, said without looking at the service."""

    who: str
    level: str
    signed_in: int
    ends: datetime
    mandate: str | None = None
    refused: list[int] = field(default_factory=list)


@dataclass(repr=False)
class Oracle:
    detour: Detour
    other: str
    chosen: Mapping[str, str]
    session: Session | None = None
    vouched: set[tuple[str, str, int]] = field(default_factory=set)

    @property
    def now(self) -> int:
        return self.detour.now

    async def come_back(self, url: str, came: str, who: str, word: str, age: int) -> int:
        """From the provider, which says this of them. The status of the page."""
        make_honest(self.detour.liar, word)
        self.detour.liar.subject = who
        self.detour.liar.claims = {"auth_time": self.now - age}
        if came == "provider away":
            self.detour.liar.replies["/token"] = lambda: httpx2.Response(503)
        lies = {"code": None, "error": "access_denied"} if came == "cancelled" else {}
        back = await self.detour.come_back(url, **lies)
        if came in {"as themselves", "as another"}:
            self.vouched.add((who, word, self.now - age))
        make_honest(self.detour.liar)
        return back.status_code

    async def do(self, step: tuple[object, ...]) -> None:
        match step:
            case ("wait", int(minutes)):
                self.detour.whole.clock.forward(timedelta(minutes=minutes))
                if minutes > 15:
                    self.session = None
            case ("sign in", bool(own), str(word), int(age)):
                await self.sign_in(self.detour.who if own else self.other, word, age)
            case ("act", str(kind)):
                await self.act(self.chosen[kind])
            case ("look",):
                await self.look()
            case ("step up", str(level), int(oldest), int(away), str(came), str(word), int(age)):
                await self.step_up((level, oldest), away, came, word, age)
            case _:
                raise AssertionError(step)
        await self.compare()

    async def sign_in(self, who: str, word: str, age: int) -> None:
        begun = await self.detour.client.get("/login", params={"tenant": "bergstrasse"})
        url = begun.headers["location"]
        status = await self.come_back(url, "as themselves", who, word, age)
        fits = word in LEVELS and not self.rises_by_an_old_one(who, word, self.now - age)
        assert status == (200 if fits else 401)
        if fits:
            ends = self.detour.whole.clock() + timedelta(hours=8)
            self.session = Session(who, word, self.now - age, ends)

    async def step_up(
        self, asked: tuple[str, int], away: int, came: str, word: str, age: int
    ) -> None:
        old = self.session
        if old is None:
            return
        before = await self.detour.session()
        level, oldest = asked
        gone = await self.detour.send(
            "/step-up", assurance=level, max_age=str(oldest), question="Wann kommt mein Geld?"
        )
        lately = [at for at in old.refused if self.now - at < 600]
        assert gone.status_code == (200 if len(lately) >= 2 else 303)
        if len(lately) >= 2:
            return
        self.detour.whole.clock.forward(timedelta(minutes=away))
        who = token_urlsafe(9) if came == "as another" else old.who
        await self.come_back(gone.headers["location"], came, who, word, age)
        if came == "as another" and word in LEVELS:
            self.session = None
        elif came == "as themselves" and self.as_asked(level, oldest, word, age):
            self.session = Session(old.who, word, self.now - age, old.ends, old.mandate)
        else:
            if came != "provider away":
                old.refused = [*lately, self.now]
            assert await self.detour.session() == before

    def as_asked(self, level: str, oldest: int, word: str, age: int) -> bool:
        assert self.session is not None
        return (
            word in LEVELS
            and LEVELS.index(word) >= LEVELS.index(level)
            and age <= oldest + 5
            and not self.rises_by_an_old_one(self.session.who, word, self.now - age)
        )

    def rises_by_an_old_one(self, who: str, word: str, at: int) -> bool:
        """SU-05: surer than the session there is, by a sign-in that is not later than its own."""
        old = self.session
        if old is None or old.who != who or word not in LEVELS:
            return False
        return LEVELS.index(word) > LEVELS.index(old.level) and at <= old.signed_in

    async def act(self, mandate: str) -> None:
        path = f"/v1/mandates/{mandate}/activate"
        chosen = await self.detour.client.post(path, headers=OUR_CALL)
        if self.session is None or self.now - self.session.signed_in > 28_800:
            assert chosen.status_code == 401
        elif self.session.who == self.other:
            assert chosen.status_code == 404
        else:
            assert chosen.status_code == 204, chosen.text
            self.session.mandate = mandate

    async def look(self) -> None:
        """Every field that is shown at all met its floor at this moment."""
        old = self.session
        if old is None or old.mandate is None:
            return
        case = f"/v1/cases/{self.detour.case}"
        listed = await self.detour.client.get(f"{case}/fields")
        asked = await self.detour.client.post(
            f"{case}/questions", json={"question": QUESTION}, headers=OUR_CALL
        )
        assert (listed.status_code, asked.status_code) == (200, 200), asked.text
        used = {each["field"] for each in asked.json()["used"]}
        shown = {each["field"] for each in listed.json()["fields"] if each["shown"]}
        for each in used | shown:
            least, oldest = floors()[each]
            assert LEVELS.index(old.level) >= LEVELS.index(least), each
            assert self.now - old.signed_in <= oldest, each
        enough = LEVELS.index(old.level) >= 2 and self.now - old.signed_in <= 28_800
        assert bool(used) is bool(shown & ASKED_FOR) is enough

    async def compare(self) -> None:
        me = await self.detour.client.get("/v1/me")
        if self.session is None:
            assert me.status_code == 401
            return
        row = await self.detour.session()
        assert row is not None
        assert said_by(row) == (
            self.session.level,
            datetime.fromtimestamp(self.session.signed_in, UTC),
            self.session.mandate,
            self.session.ends,
        )
        assert me.json()["assurance"] == self.session.level
        assert (self.session.who, self.session.level, self.session.signed_in) in self.vouched


def said_by(row: Row) -> tuple[object, ...]:
    mandate = row["active_mandate"]
    return (
        Assurance(int(str(row["assurance"]))).word,
        row["authenticated_at"],
        None if mandate is None else str(mandate),
        row["expires_at"],
    )


@pytest.fixture
async def oracle(detour: Detour) -> Oracle:
    """Somebody who may act for themselves and for one other member; and a stranger beside them."""
    await entrust(detour.whole, detour.ref, kind="PROXY", grantor="p2", grantee="p1")
    found = await mandates(detour.whole, detour.who)
    return Oracle(detour, token_urlsafe(9), {kind: each for (kind, _), each in found.items()})


@settings(
    max_examples=max(4, settings.default.max_examples // 8 if settings.default else 4),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(first=st.tuples(WORDS, AGES), steps=st.lists(STEPS, min_size=3, max_size=8))
async def test_su_05_no_session_is_surer_or_younger_than_its_provider_last_vouched_for(
    oracle: Oracle, first: tuple[str, int], steps: list[tuple[object, ...]]
) -> None:
    """SU-05, SU-03, ID-18, ID-19, ID-21: signing in, stepping up with any result, choosing a
    mandate, waiting and looking, against an account of it kept beside. What is refused changes
    no column of the session, and no field is shown or used below its floor.
    """
    oracle.detour.client.cookies.clear()
    oracle.session = None
    oracle.vouched.clear()
    await oracle.do(("sign in", True, *first))
    for step in steps:
        await oracle.do(step)
