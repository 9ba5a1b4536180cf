"""Whether a version of a mandate holds at a moment: a pure function of what is recorded."""

from dataclasses import dataclass
from datetime import datetime

from app.legitimation.kinds import EVERY_GROUP, TERMS, Action, MandateKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one person. A moment that is None is not known, or never came."""

    fifteen_at: datetime | None = None
    eighteen_at: datetime | None = None
    died_at: datetime | None = None
    incapable_at: datetime | None = None
    restricted_at: datetime | None = None

    def minor(self, now: datetime) -> bool:
        """Also where the age is not known."""
        return self.eighteen_at is None or now < self.eighteen_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The newest version of a mandate, as far as time and law bear on it."""

    kind: MandateKind
    groups: frozenset[str]
    actions: frozenset[str]
    valid_from: datetime
    valid_to: datetime | None
    ended: bool


def holds(version: Version, *, grantor: Facts, grantee: Facts, now: datetime) -> bool:
    """Begun, not over and not ended, by its own days and by law. Whoever acts must be able to."""
    terms = TERMS[version.kind]
    if version.ended or now < version.valid_from:
        return False
    if terms.ends_at_majority and grantor.eighteen_at is None:
        return False
    if (end := ends_at(version, grantor)) is not None and now >= end:
        return False
    if terms.ends_with_grantor and grantor.died_at is not None:
        return False
    return _able(version.kind, grantee, now)


def ends_at(version: Version, grantor: Facts) -> datetime | None:
    """The day recorded or the law's, whichever comes first."""
    lawful = grantor.eighteen_at if TERMS[version.kind].ends_at_majority else None
    ends = [end for end in (version.valid_to, lawful) if end is not None]
    return min(ends, default=None)


def actions_at(version: Version, grantor: Facts, now: datetime) -> frozenset[str]:
    """What may be done under it now.

    Without capacity nobody acts for themselves (§ 11(1) SGB X); a minor's parents may restrict
    what the minor applies for (§ 36(2) SGB I). What one may read of oneself stays.
    """
    most = version.actions & TERMS[version.kind].actions
    if version.kind is not MandateKind.SELF:
        return most
    restricted = grantor.restricted_at is not None and grantor.minor(now)
    if restricted or grantor.incapable_at is not None:
        return most - {Action.SUBMIT}
    return most


def groups_of(version: Version) -> frozenset[str]:
    """A kind that is limited by law is never of every group, whatever was recorded."""
    if TERMS[version.kind].every_group:
        return version.groups
    return version.groups - {EVERY_GROUP}


def _able(kind: MandateKind, actor: Facts, now: datetime) -> bool:
    """Alive, fifteen (§ 36(1) SGB I), and for others of full capacity (§§ 11, 13 SGB X).

    An age that is not known is not looked at: the office sent this very person their code.
    """
    if actor.died_at is not None:
        return False
    if actor.fifteen_at is not None and now < actor.fifteen_at:
        return False
    return kind is MandateKind.SELF or actor.incapable_at is None
