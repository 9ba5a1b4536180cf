"""Templates to HTML. Everything is escaped; a name that is not there is an error, not a gap."""

from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.vocabulary.dates import spoken_date, spoken_moment
from app.vocabulary.levels import Language
from app.web.pages import language as languages
from app.web.pages.view import View
from app.web.pages.wording import words

TEMPLATES: Final = Path(__file__).parent.parent / "templates"
_KEPT_IN_SWITCH: Final = frozenset({"tenant"})


@cache
def _environment(language: Language) -> Environment:
    """One a language, so that macros speak it, too."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        t=words(language).say,
        language=language.value,
        other_language=languages.other(language).value,
    )
    environment.filters["spoken"] = partial(_spoken, language)
    return environment


def _spoken(language: Language, moment: date | datetime) -> str:
    if isinstance(moment, datetime):
        return spoken_moment(moment, language)
    return spoken_date(moment, language)


def page(
    view: View, template: str, *, status: int = 200, switch_to: str | None = None, **values: object
) -> HTMLResponse:
    """`switch_to` is where the language switch leads when this address cannot be asked again."""
    content = (
        _environment(view.language)
        .get_template(template)
        .render(view=view, switch=_switch(view, switch_to), **values)
    )
    response = HTMLResponse(
        content,
        status_code=status,
        headers={"Content-Language": view.language.value, "Vary": "Accept-Language, Cookie"},
    )
    languages.remember(view.request, response)
    return response


def _switch(view: View, path: str | None) -> str:
    kept = {
        name: value
        for name, value in view.request.query_params.items()
        if name in _KEPT_IN_SWITCH and path is None
    }
    query = urlencode({**kept, languages.PARAMETER: languages.other(view.language).value})
    return f"{path or view.request.url.path}?{query}"
