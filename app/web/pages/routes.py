"""The citizen's pages. They call the same desks as the API, and hold no rule of their own."""

from fastapi import APIRouter

from app.web.pages import acting, asking, consents, start

router = APIRouter()
for each in (start, acting, asking, consents):
    router.include_router(each.router)
