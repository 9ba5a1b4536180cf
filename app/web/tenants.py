"""One TOML file a tenant. An unknown key stops the start."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from app.identity.limits.budgets import Budget
from app.identity.provider.profile import Profile
from app.identity.tokens.attributes import Attribute
from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Assurance, Language
from app.web.settings import Environment

_REFERENCE: Final = re.compile(r"\$\{(KLARFALL_[A-Z_]+)\}")
# The command line's client at the demo's provider, which hands it a bare token.
DEMO_CLIENT: Final = "klarfall-demo-cli"
_SLUG: Final = r"^[a-z][a-z0-9-]{1,40}$"
Line = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class TenantUnfit(ValueError):
    """A tenant file that cannot be used. Names the file and the key, never a value."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class MatchingPart(_Part):
    """What the provider vouches for well enough to find somebody's file by it: all three."""

    attributes: Annotated[frozenset[Attribute], Field(min_length=3)]
    minimum: Literal["substantial", "high"] = "substantial"


class IdentityPart(_Part):
    """`officers` are the accounts, by `sub`, of those who look after data protection."""

    issuer: Line
    client_id: Line
    key_file: Path
    profile: Profile
    acr: dict[str, Literal["basic", "low", "substantial", "high"]]
    bearer_clients: frozenset[str] = frozenset()
    dpop_clients: frozenset[str] = frozenset()
    matching: MatchingPart | None = None
    officers: frozenset[Line] = frozenset()

    @property
    def levels(self) -> Mapping[str, Assurance]:
        return {acr: Assurance.of(word) for acr, word in self.acr.items()}


class OfficePart(_Part):
    hours: Line
    telephone: Line
    officer_contact: Line
    controller: Line


class LogPart(_Part):
    """`witnesses` is a file as c2sp.org/tlog-policy has it: those with an address are asked."""

    origin: Line
    signing_key_file: Path
    witnesses: Path | None = None


class KeysPart(_Part):
    """`installation`: the key service that KLARFALL_KEY_SERVICE names. `file`: the demo's."""

    service: Literal["file", "installation"] = "installation"
    file: Path | None = None


class RetentionPart(_Part):
    answers_months: Annotated[int, Field(ge=1, le=13)] = 13


class OversightPart(_Part):
    """Digests of what the office approved (`klarfall policy reports --digest`).

    `min_assurance` is how surely its officers sign in, never less than policies/actions.yaml says.
    """

    min_assurance: Literal["substantial", "high"] = "substantial"
    approved_record: Digest | None = None
    approved_dpia: Digest | None = None


class Tenant(_Part):
    """`model` says whether this tenant uses the model the environment names, or none."""

    id: Annotated[str, StringConstraints(pattern=_SLUG)]
    name: Line
    languages: tuple[Language, ...]
    model: Literal["environment", "none"]
    identity: IdentityPart
    office: OfficePart
    log: LogPart
    keys: KeysPart = KeysPart()
    retention: RetentionPart = RetentionPart()
    oversight: OversightPart = OversightPart()
    limits: dict[Budget, Annotated[int, Field(ge=1, le=100_000_000)]] = {}

    @property
    def tenant(self) -> TenantId:
        return TenantId(self.id)


def load_all(folder: Path, environment: Environment) -> dict[TenantId, Tenant]:
    """Every tenant of this installation. Raises TenantUnfit rather than start with some."""
    tenants = [load(path, environment) for path in sorted(folder.glob("*.toml"))]
    if not tenants:
        raise TenantUnfit(f"there is no tenant file in {folder}")
    found = {each.tenant: each for each in tenants}
    if len(found) != len(tenants):
        raise TenantUnfit(f"two tenant files in {folder} have the same id")
    return found


def load(path: Path, environment: Environment) -> Tenant:
    try:
        content = tomllib.loads(_resolved(path.read_text("utf-8")))
        tenant = Tenant.model_validate({"id": path.stem, **content})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TenantUnfit(f"{path.name} cannot be read: {type(error).__name__}") from None
    except ValidationError as error:
        where = ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
        raise TenantUnfit(f"{path.name} does not fit at: {where}") from None
    if environment is Environment.PRODUCTION:
        refuse_demo_parts(tenant, path.name)
    return tenant


def refuse_demo_parts(tenant: Tenant, name: str) -> None:
    """What is for the demo alone is refused by name."""
    if tenant.keys.service == "file":
        raise TenantUnfit(f"{name}: keys.service = file is for the demo, not for production")
    if not tenant.identity.issuer.startswith("https://"):
        raise TenantUnfit(f"{name}: identity.issuer must be https in production")
    if DEMO_CLIENT in {tenant.identity.client_id, *tenant.identity.bearer_clients}:
        raise TenantUnfit(f"{name}: the client {DEMO_CLIENT} is the demo's, not for production")
    if tenant.identity.bearer_clients:
        raise TenantUnfit(f"{name}: identity.bearer_clients is for the demo, not for production")


def _resolved(text: str) -> str:
    """`${KLARFALL_…}` from the environment; TenantUnfit for one that is not set."""

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if found is None:
            raise TenantUnfit(f"the environment has no {match[1]}, which a tenant file names")
        return found

    return _REFERENCE.sub(value, text)
