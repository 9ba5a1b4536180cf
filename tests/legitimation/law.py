"""Who may act for whom, read from the law once more: an oracle that shares no code with the app.

It keeps what happened, in the order in which the office learnt of it, and answers by going
through that from the start. Nothing is stored that could be out of date.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
EVERYTHING = frozenset({"read", "explain", "submit"})
# What every guardian here is appointed for, and something none is.
WITHIN, BEYOND = "benefit", "housing"


@dataclass(frozen=True, slots=True)
class Happened:
    what: str
    who: str = ""
    mandate: int = -1


@dataclass(frozen=True, slots=True)
class Granted:
    kind: str
    grantor: str
    grantee: str
    actions: frozenset[str]
    since: datetime
    until: datetime | None
    reserved: bool = False


@dataclass(slots=True)
class Law:
    """`born` and `roles` are of everybody and of the household; None is an unknown birthday."""

    born: dict[str, date | None]
    roles: dict[str, str]
    history: list[Happened] = field(default_factory=list)
    granted: list[Granted] = field(default_factory=list)

    def age(self, who: str, now: datetime) -> int | None:
        """Completed years by the calendar in Germany (§§ 187(2), 188(2) BGB).

        A year of life is over with the day before the birthday, so that on the birthday one is
        older; where there is no 29 February, the first of March is the first day after the 28th.
        """
        born, today = self.born[who], now.astimezone(BERLIN).date()
        if born is None:
            return None
        reached = (today.month, today.day) >= (born.month, born.day)
        return today.year - born.year - (0 if reached else 1)

    def last(self, who: str, yes: str, no: str) -> bool:
        """Whether the last word on this was the first of the two."""
        words = [each.what for each in self.history if each.who == who and each.what in {yes, no}]
        return bool(words) and words[-1] == yes

    def dead(self, who: str) -> bool:
        return self.last(who, "died", "death_corrected")

    def incapable(self, who: str) -> bool:
        return self.last(who, "capacity_lost", "capacity_regained")

    def oneself(self, who: str, about: str, now: datetime) -> frozenset[str]:
        """§ 36(1) SGB I: from fifteen. § 36(2): parents may restrict what a minor applies for.

        § 11(1) SGB X: without capacity nobody conducts proceedings; § 11(2): nor in what a court
        reserved for the guardian's consent. One may still ask what is stored about oneself
        (Art. 15 GDPR).
        """
        age = self.age(who, now)
        if self.dead(who) or (age is not None and age < 15):
            return frozenset()
        minor = age is None or age < 18
        restricted = minor and self.last(who, "submit_restricted", "restriction_lifted")
        if restricted or self.incapable(who) or (about == WITHIN and self.reserved(who, now)):
            return EVERYTHING - {"submit"}
        return EVERYTHING

    def reserved(self, who: str, now: datetime) -> bool:
        """§ 1825 BGB: by an order that runs, whatever became of the guardian it named (§ 1869)."""
        ordered = {each.mandate for each in self.history if each.what == "granted"}
        return any(
            granted.reserved
            and granted.grantor == who
            and granted.since <= now
            and (granted.until is None or now < granted.until)
            and not self.over(number)
            for number, granted in enumerate(self.granted)
            if number in ordered
        )

    def allowed(  # noqa: PLR0911  # a kind a line
        self, number: int, now: datetime
    ) -> frozenset[str]:
        """What may be done under this mandate now; nothing where it does not hold."""
        granted = self.granted[number]
        if now < granted.since or (granted.until is not None and now >= granted.until):
            return frozenset()
        if self.over(number) or not self.can_represent(granted.grantee, now):
            return frozenset()
        match granted.kind:
            case "PARENT":  # custody is of minors (§ 1626 BGB) and ends with the child's death
                age = self.age(granted.grantor, now)
                lasts = age is not None and age < 18 and not self.dead(granted.grantor)
                return granted.actions if lasts else frozenset()
            case "GUARDIAN":  # § 1870 BGB
                return frozenset() if self.dead(granted.grantor) else granted.actions
            case "PROXY" | "LEGAL_COUNSEL":  # § 13(2) SGB X: whatever becomes of the grantor
                return granted.actions
            case "INSTITUTION":  # looks after somebody alive, and applies for nothing
                gone = self.dead(granted.grantor)
                return frozenset() if gone else granted.actions - {"submit"}
            case (
                "PRESUMED_38"
            ):  # applies and receives; reading is not among it (BSG, B 14 AS 2/13 R)
                gone = self.dead(granted.grantor)
                return frozenset() if gone else granted.actions & {"submit"}
            case unknown:
                raise AssertionError(unknown)

    def can_represent(self, who: str, now: datetime) -> bool:
        """§ 11(1), § 13 SGB X: alive, fifteen and of full capacity."""
        age = self.age(who, now)
        return not (self.dead(who) or self.incapable(who) or (age is not None and age < 15))

    def over(self, number: int) -> bool:
        """Revoked (§ 13(1) SGB X: when it is received), objected to, or no household any more."""
        granted, begun = self.granted[number], False
        for each in self.history:
            if each.what == "granted" and each.mandate == number:
                begun = True
            elif not begun:
                continue
            elif (
                (each.mandate == number and each.what == "revoked")
                or (each.what == "objected" and self.meant(each.mandate, number))
                or (
                    each.what == "left"
                    and granted.kind == "PRESUMED_38"
                    and each.who in {granted.grantor, granted.grantee}
                )
            ):
                return True
        return False

    def meant(self, objected: int, number: int) -> bool:
        """Whether that objection ends this one: custody and guardianship are not theirs to end.

        A presumption falls as such, with everybody who was presumed to act (§ 38(1) SGB II).
        """
        one, other = self.granted[objected], self.granted[number]
        if one.kind == other.kind == "PRESUMED_38":
            return one.grantor == other.grantor
        return objected == number and one.kind not in {"PARENT", "GUARDIAN"}

    def recordable(  # noqa: PLR0911  # a kind a line
        self, wanted: Granted, now: datetime
    ) -> bool:
        """Whether the office may record this now."""
        grantor, grantee = wanted.grantor, wanted.grantee
        if grantor == grantee or (wanted.reserved and wanted.kind != "GUARDIAN"):
            return False
        inside = grantee in self.roles
        match wanted.kind:
            case "PARENT":
                age = self.age(grantor, now)
                if age is None or age >= 18 or self.dead(grantor):
                    return False
                return wanted.until is None or self.minor_until(grantor, wanted.until)
            case "GUARDIAN":
                return not self.dead(grantor)
            case "PROXY":
                return True
            case "LEGAL_COUNSEL":
                return not inside
            case "INSTITUTION":
                return not inside and "submit" not in wanted.actions and not self.dead(grantor)
            case "PRESUMED_38":
                return (
                    inside
                    and self.roles[grantee] in {"applicant", "partner"}
                    and wanted.actions == {"submit"}
                    and not self.dead(grantor)
                    and not self.rebutted(grantor)
                )
            case unknown:
                raise AssertionError(unknown)

    def minor_until(self, who: str, end: datetime) -> bool:
        """Whether nothing of the time before `end` is beyond the eighteenth birthday."""
        age = self.age(who, end - timedelta(microseconds=1))
        return age is not None and age < 18

    def rebutted(self, grantor: str) -> bool:
        """§ 38(1) SGB II: the presumption falls with any sign against it, and stays fallen."""
        return any(
            each.what == "objected"
            and self.granted[each.mandate].kind == "PRESUMED_38"
            and self.granted[each.mandate].grantor == grantor
            for each in self.history
        )

    def may_object(self, number: int, now: datetime) -> bool:
        """Whoever acts for themselves, to what holds now or will."""
        granted = self.granted[number]
        return bool(self.oneself(granted.grantor, BEYOND, now)) and bool(
            self.allowed(number, max(now, granted.since))
        )
