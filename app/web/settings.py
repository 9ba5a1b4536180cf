"""Settings, read once from the environment. Only app.web reads them."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import (
    AnyHttpUrl,
    Field,
    IPvAnyNetwork,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.vocabulary.levels import Hosting

# Whom to tell of a weakness (RFC 9116, 2.5.3): an address of the demonstration, and its form.
DEMO_CONTACT: Final = "mailto:security@klarfall.example"
_CONTACT: Final = r"^(mailto:|https://|tel:)[!-~]{3,200}$"


class Environment(StrEnum):
    DEMO = "demo"
    TESTING = "testing"
    PRODUCTION = "production"


class KeyServiceKind(StrEnum):
    """Who holds the key that tenants' keys are wrapped with. `FILE` is for the demo alone."""

    FILE = "file"
    PKCS11 = "pkcs11"
    OPENBAO = "openbao"


class Settings(BaseSettings):
    """A setting without a default has no safe default: start-up fails without it."""

    model_config = SettingsConfigDict(
        env_prefix="KLARFALL_",
        env_file=None,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    environment: Environment
    database_url: Annotated[str, Field(repr=False)]
    public_url: AnyHttpUrl
    tenants: Path = Path("tenants")
    policies: Path = Path("policies")
    model_url: AnyHttpUrl | None = None
    model_name: Annotated[str, StringConstraints(max_length=200)] | None = None
    model_hosting: Hosting = Hosting.NO_MODEL
    model_key_file: Path | None = None
    # Presidio's own configuration: a language engine and recognisers beside ours.
    redaction_engine: Path | None = None
    redaction_recognisers: Path | None = None
    model_seconds: Annotated[float, Field(gt=0, le=120)] = 20.0
    key_service: KeyServiceKind = KeyServiceKind.FILE
    key_service_before: KeyServiceKind | None = None
    # What the key is called in the token or in OpenBao.
    key_name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,40}$")] = "klarfall"
    pkcs11_module: Path | None = None
    pkcs11_token: Annotated[str, StringConstraints(min_length=1, max_length=32)] | None = None
    pkcs11_pin_file: Path | None = None
    openbao_url: AnyHttpUrl | None = None
    openbao_token_file: Path | None = None
    openbao_ca_file: Path | None = None
    openbao_mount: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9/-]{1,60}$")] = "transit"
    pool_size: Annotated[int, Field(ge=2, le=64)] = 8
    security_contact: Annotated[str, StringConstraints(pattern=_CONTACT)] = DEMO_CONTACT
    # The folder of the list of the erased: outside the database and its backups, for all workers.
    erasure_list: Path | None = None
    # Whose `X-Forwarded-For` is believed: our own load balancers, as networks. Nobody's by default.
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()

    @model_validator(mode="after")
    def _no_demo_in_production(self) -> Self:
        if self.environment is not Environment.PRODUCTION:
            return self
        if self.public_url.scheme != "https":
            raise ValueError("public_url must be https in production")
        if self.security_contact == DEMO_CONTACT:
            raise ValueError("security_contact must be the operator's own in production")
        if self.erasure_list is None:
            raise ValueError("erasure_list must be named in production")
        return self

    @property
    def origin(self) -> str:
        """Scheme, host and port, as browsers send it in `Origin`."""
        return str(self.public_url).rstrip("/")


def complaints(error: ValidationError) -> list[str]:
    """A sentence for each setting that is missing or does not fit, without what stands in it."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return [
        f"KLARFALL_{str(each['loc'][0]).upper()}: {each['msg']}." if each["loc"] else each["msg"]
        for each in faults
    ]
