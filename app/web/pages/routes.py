"""The citizen's pages. They call the same desks as the API, and hold no rule of their own."""

from fastapi import APIRouter

from app.web.pages import (
    accesses,
    asking,
    binding,
    consents,
    overseeing,
    redacting,
    representing,
    safety,
    session,
    start,
    step_up,
    takeaway,
)

router = APIRouter()
for each in (
    start,
    representing,
    binding,
    asking,
    consents,
    accesses,
    safety,
    session,
    step_up,
    takeaway,
    redacting,
    overseeing,
):
    router.include_router(each.router)
