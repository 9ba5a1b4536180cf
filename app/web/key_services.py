"""The key service that the settings name. What is amiss is named, and never what was set."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeVar

from app.database.engine import Database
from app.vault.hardware import HardwareKeyService, TokenSettings
from app.vault.moving import Both, CarriedIndex, carried
from app.vault.openbao import OpenBaoKeyService, TransitSettings
from app.vault.services import FileKeyService, KeyService
from app.vocabulary.ids import TenantId
from app.web.settings import Environment, KeyServiceKind, Settings
from app.web.tenants import Tenant

_T = TypeVar("_T")
_OURSELVES: Final = frozenset({"127.0.0.1", "[::1]", "localhost"})


def key_service(
    settings: Settings, tenants: Mapping[TenantId, Tenant], database: Database | None = None
) -> KeyService:
    """One an installation; each tenant's keys are apart in it. Raises ValueError.

    With the database, index keys are found that came along from another service. A file has
    none: nobody moves to one.
    """
    used = settings.key_service
    if settings.key_service_before is None:
        service = _of(used, settings, tenants)
    else:
        service = both_services(settings, tenants)
    if database is None or isinstance(service, FileKeyService):
        return service
    return CarriedIndex(service, carried(database))


def both_services(settings: Settings, tenants: Mapping[TenantId, Tenant]) -> Both:
    """The one in use, and the one that is being left. Raises ValueError."""
    used, before = settings.key_service, settings.key_service_before
    if before is None or before is used or used is KeyServiceKind.FILE:
        raise ValueError("KLARFALL_KEY_SERVICE_BEFORE must be another, and the one used no file")
    return Both(_of(used, settings, tenants), _of(before, settings, tenants))


def _of(kind: KeyServiceKind, settings: Settings, tenants: Mapping[TenantId, Tenant]) -> KeyService:
    if kind is KeyServiceKind.FILE:
        return _file(settings, tenants)
    leaving = settings.key_service_before is KeyServiceKind.FILE
    for tenant in tenants.values():
        if tenant.keys.service == "file" and not leaving:
            raise ValueError(f"{tenant.id}: keys.service is not what KLARFALL_KEY_SERVICE names")
    if kind is KeyServiceKind.PKCS11:
        return HardwareKeyService(
            TokenSettings(
                module=_there(_given(settings.pkcs11_module, "PKCS11_MODULE"), "PKCS11_MODULE"),
                token=_given(settings.pkcs11_token, "PKCS11_TOKEN"),
                pin_file=_there(
                    _given(settings.pkcs11_pin_file, "PKCS11_PIN_FILE"), "PKCS11_PIN_FILE"
                ),
                label=settings.key_name,
            )
        )
    url = _given(settings.openbao_url, "OPENBAO_URL")
    if url.scheme != "https" and url.host not in _OURSELVES:
        raise ValueError("KLARFALL_OPENBAO_URL must be https, but on this machine itself")
    authority = settings.openbao_ca_file
    return OpenBaoKeyService(
        TransitSettings(
            url=str(url).rstrip("/"),
            token_file=_there(
                _given(settings.openbao_token_file, "OPENBAO_TOKEN_FILE"), "OPENBAO_TOKEN_FILE"
            ),
            mount=settings.openbao_mount,
            key=settings.key_name,
            authority=None if authority is None else _there(authority, "OPENBAO_CA_FILE"),
        )
    )


def _file(settings: Settings, tenants: Mapping[TenantId, Tenant]) -> FileKeyService:
    if settings.environment is Environment.PRODUCTION:
        raise ValueError("KLARFALL_KEY_SERVICE must be pkcs11 or openbao in production")
    files = {each.keys.file for each in tenants.values()}
    if len(files) != 1:
        raise ValueError("all tenants of an installation share one key file")
    (file,) = files
    if file is None:
        raise ValueError("KLARFALL_KEY_SERVICE = file needs keys.file of each tenant")
    return FileKeyService(file)


def _given(value: _T | None, name: str) -> _T:
    if value is None:
        raise ValueError(f"this key service needs KLARFALL_{name}")
    return value


def _there(path: Path, name: str) -> Path:
    if not path.is_file():
        raise ValueError(f"there is no file where KLARFALL_{name} says")
    return path
