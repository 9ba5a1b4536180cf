"""Members of a token, read strictly. Everything unexpected is `Unauthenticated`."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from app.vocabulary.errors import Unauthenticated

_PRINTABLE: Final = re.compile(r"[\x21-\x7e]{1,255}")
_LAST_SECOND: Final = 253402300799  # of the year 9999, the last that a datetime can say


def require(holds: bool) -> None:  # noqa: FBT001 - reads like the rule it states
    if not holds:
        raise Unauthenticated


def text(claims: Mapping[str, object], name: str) -> str:
    """A string with something in it."""
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise Unauthenticated
    return value


def printable(claims: Mapping[str, object], name: str) -> str:
    """1 to 255 visible ASCII characters, as an identifier has (OIDC Core, section 2)."""
    value = text(claims, name)
    require(_PRINTABLE.fullmatch(value) is not None)
    return value


def moment(claims: Mapping[str, object], name: str) -> datetime:
    """Whole seconds since 1970. `true`, `"1"` and `1e20` are no times."""
    value = claims.get(name)
    if type(value) is not int or not 0 <= value <= _LAST_SECOND:
        raise Unauthenticated
    return datetime.fromtimestamp(value, UTC)


def past(claims: Mapping[str, object], name: str, *, now: datetime, leeway: timedelta) -> datetime:
    """A moment that is over, give or take the leeway for two clocks."""
    found = moment(claims, name)
    require(found <= now + leeway)
    return found


def half_hash(access_token: str) -> str:
    """What `at_hash` must be (OIDC Core 3.1.3.6)."""
    digest = sha256(access_token.encode("ascii")).digest()
    return urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()
