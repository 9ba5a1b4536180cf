"""What was applied for and decided, and on which days."""

from datetime import date, timedelta

from app.vocabulary.json import Json
from demo.world.days import add_months, working_day_from, working_day_until
from demo.world.households import Household
from demo.world.plans import Notice
from demo.world.shapes import Fields


def papers(household: Household, *, number: str) -> Fields:
    """`number` is the household's, which file numbers are made from."""
    fields = _application(household)
    if household.plan.notice is not None:
        fields |= _decision(household, household.plan.notice, number=number)
    return fields


def _application(household: Household) -> Fields:
    plan = household.plan.application
    if plan.status is None:
        submitted = working_day_until(household.start - timedelta(52))
        status: Fields = {"status": "approved", "as_of": household.approved_on.isoformat()}
    else:
        submitted = household.before(plan.days_ago)
        status = {
            "status": plan.status,
            "as_of": household.before(plan.days_ago // 2).isoformat(),
        }
    fields: Fields = {
        "application.status": status,
        "application.submitted_on": submitted.isoformat(),
        "application.documents_received": [
            {
                "what": what,
                "received_on": working_day_from(submitted + timedelta(2 * index)).isoformat(),
            }
            for index, what in enumerate(plan.received)
        ],
    }
    if plan.missing:
        fields["application.missing_documents"] = [
            {"what": what, "until": household.ahead(days).isoformat()}
            for what, days in plan.missing
        ]
    return fields


def _decision(household: Household, notice: Notice, *, number: str) -> Fields:
    approved = household.approved_on
    decided = approved if notice.days_ago is None else household.before(notice.days_ago)
    earlier = working_day_until(add_months(household.start, -12) - timedelta(24))
    history = [(approved, "approval"), (earlier, "approval")]
    if notice.days_ago is not None:
        history.insert(0, (decided, notice.type))
    lines: list[Json] = [
        {"date": day.isoformat(), "type": kind, "file_number": _file_number(number, day)}
        for day, kind in history
    ]
    return {
        "decision.latest": {
            "date": decided.isoformat(),
            "type": notice.type,
            "delivery": notice.delivery,
            **_delivered(notice, decided),
            "provisional": notice.provisional,
            "file_number": _file_number(number, decided),
            "remedy_instruction": notice.instructed,
        },
        "decision.history": lines,
        "decision.objection": _objection(household, notice),
    }


def _delivered(notice: Notice, decided: date) -> Fields:
    """The days a way of delivery leaves a trace of; none where the way is unknown."""
    match notice.delivery:
        case "post" | "abroad":
            return {"sent_on": working_day_from(decided + timedelta(1)).isoformat()}
        case "electronic":
            return {"sent_on": decided.isoformat()}
        case "portal":
            return {
                "notified_on": decided.isoformat(),
                "retrieved_on": (decided + timedelta(2)).isoformat(),
            }
        case "formal":
            return {"notified_on": working_day_from(decided + timedelta(2)).isoformat()}
        case "unknown":
            return {}


def _objection(household: Household, notice: Notice) -> Json:
    if notice.objection is None:
        return {"status": "none"}
    days, about = notice.objection
    return {
        "status": "received",
        "received_on": household.before(days).isoformat(),
        "about": about,
    }


def _file_number(number: str, day: date) -> str:
    return f"II-{number.rpartition('/')[2]}-{day:%y%m%d}"
