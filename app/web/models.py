"""The model that the environment names, and which of the offices use it.

Its client takes a tenth of a worker's memory, so it is loaded only where one is named.
"""

from typing import TYPE_CHECKING

from app.answers.drafting import ModelComposer
from app.answers.pipeline import Terms
from app.vocabulary.levels import Hosting
from app.web.settings import Settings
from app.web.tenants import Tenant

if TYPE_CHECKING:
    from app.synthesis.model import OpenAICompatible


def terms_of(tenant: Tenant, settings: Settings, composer: ModelComposer | None) -> Terms:
    """A model that nothing is released to has no composer: the door stays shut anyway."""
    hosting = settings.model_hosting
    if tenant.model == "none" or composer is None:
        composer, hosting = None, Hosting.NO_MODEL
    return Terms(model=composer, hosting=hosting, months=tenant.retention.answers_months)


def model_of(settings: Settings) -> "OpenAICompatible | None":
    """Raises ValueError where a model is named and not where it runs, or the other way round."""
    named = (settings.model_url is not None, settings.model_name is not None)
    if named == (False, False) and settings.model_hosting is Hosting.NO_MODEL:
        return None
    if (
        settings.model_url is None
        or settings.model_name is None
        or settings.model_hosting is Hosting.NO_MODEL
    ):
        raise ValueError(
            "a model needs KLARFALL_MODEL_URL, KLARFALL_MODEL_NAME and KLARFALL_MODEL_HOSTING"
        )
    key = None
    if settings.model_key_file is not None:
        key = settings.model_key_file.read_text().strip()
    from app.synthesis.model import (  # noqa: PLC0415 - see above
        ModelSettings,
        OpenAICompatible,
    )

    return OpenAICompatible(
        ModelSettings(
            url=str(settings.model_url).rstrip("/"),
            name=settings.model_name,
            hosting=settings.model_hosting,
            api_key=key,
            seconds=settings.model_seconds,
        )
    )
