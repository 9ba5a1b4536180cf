"""What an answer says of itself: silence about what was held back is forbidden."""

from datetime import UTC, datetime

import pytest

from app.answers.answer import Completeness, Status, status_of
from app.answers.notes import remedy, said
from app.answers.outcome import withheld_of
from app.policy import release as releases
from app.policy.release import Item, Release
from app.vocabulary.ids import FieldName, ReleaseId, SubjectId, random_id
from app.vocabulary.levels import Form, Hosting, Language, Purpose, Withheld


def release(*reasons: Withheld | None, shown: tuple[bool, ...] = ()) -> Release:
    items = tuple(
        Item(
            subject=SubjectId(random_id()),
            field=FieldName("a.a"),
            to_person=reason is None if not shown else shown[n],
            to_model=Form.NONE,
            reason=reason,
            model_reason=reason,
            basis=None,
        )
        for n, reason in enumerate(reasons)
    )
    return Release(
        ReleaseId(random_id()),
        None,  # type: ignore[arg-type]  # nobody here looks at the mandate
        Purpose.ANSWER_OWN_QUESTION,
        Hosting.NO_MODEL,
        "digest",
        items,
        frozenset(),
        datetime(2026, 11, 22, tzinfo=UTC),
        releases._SEAL,
    )


@pytest.mark.parametrize(
    ("reasons", "recorded", "status", "completeness"),
    [
        ((None,), True, Status.ANSWERED, Completeness.COMPLETE),
        ((None,), False, Status.NO_INFORMATION, Completeness.NONE),
        ((None, Withheld.NO_BASIS), True, Status.PARTIAL, Completeness.PARTIAL),
        ((None, Withheld.NO_BASIS), False, Status.PARTIAL, Completeness.PARTIAL),
        ((), True, Status.NO_INFORMATION, Completeness.NONE),
        ((Withheld.OTHER_PERSON,), True, Status.NO_INFORMATION, Completeness.NONE),
        ((Withheld.ASSURANCE_TOO_LOW,), True, Status.NEEDS_STEP_UP, Completeness.NONE),
        (
            (Withheld.AUTHENTICATION_TOO_OLD, Withheld.CONSENT_MISSING),
            True,
            Status.NEEDS_STEP_UP,
            Completeness.NONE,
        ),
        ((Withheld.CONSENT_MISSING,), True, Status.NEEDS_CONSENT, Completeness.NONE),
        ((Withheld.CONSENT_REFUSED,), True, Status.NEEDS_CONSENT, Completeness.NONE),
    ],
)
def test_whatever_was_held_back_shows_in_the_status(
    reasons: tuple[Withheld | None, ...],
    recorded: bool,
    status: Status,
    completeness: Completeness,
) -> None:
    assert status_of(release(*reasons), recorded=recorded) == (status, completeness)


def test_every_withheld_field_is_told_with_its_reason_and_what_to_do() -> None:
    told = withheld_of(release(*Withheld), Language.EN)

    assert [w.reason for w in told] == list(Withheld)
    assert len({w.remedy for w in told}) == len(Withheld)


def test_a_field_withheld_without_a_reason_has_no_basis() -> None:
    """The engine gives a reason to each; should one be wanting, it is still told."""
    (told,) = withheld_of(release(None, shown=(False,)), Language.DE)

    assert told.reason is Withheld.NO_BASIS


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("reason", Withheld)
def test_there_is_something_to_do_about_every_reason(reason: Withheld, language: Language) -> None:
    other = Language.EN if language is Language.DE else Language.DE

    assert remedy(reason, language)
    assert remedy(reason, language) != remedy(reason, other)


def test_what_neither_file_nor_article_answers_is_said_in_both_languages() -> None:
    silent = {status for status in Status if not said(status, Language.DE)}

    assert silent == {Status.ANSWERED, Status.PARTIAL, Status.HANDED_OVER}
    assert silent == {status for status in Status if not said(status, Language.EN)}
    for number in ("112", "116 123", "116 016"):
        assert number in said(Status.CRISIS, Language.DE)
        assert number in said(Status.CRISIS, Language.EN)
