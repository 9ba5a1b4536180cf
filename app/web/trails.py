"""What the tenants' files say of their logs: the keys to sign with, and who cosigns."""

from collections.abc import Mapping

from app.audit.notes import SigningKey
from app.audit.quorum import TrustPolicy, Witness
from app.audit.rejection import Rejected
from app.audit.signing import signing_key
from app.vocabulary.ids import TenantId
from app.web.tenants import Tenant


def signing_keys(tenants: Mapping[TenantId, Tenant]) -> dict[TenantId, SigningKey]:
    return {
        each.tenant: signing_key(each.log.origin, each.log.signing_key_file)
        for each in tenants.values()
    }


def witnesses_of(tenants: Mapping[TenantId, Tenant]) -> dict[TenantId, tuple[Witness, ...]]:
    found = {}
    for each in tenants.values():
        if each.log.witnesses is not None:
            try:
                policy = TrustPolicy.parse(each.log.witnesses.read_text())
            except (OSError, UnicodeDecodeError, Rejected) as error:
                raise ValueError(f"the witnesses of {each.id} cannot be read: {error}") from None
            found[each.tenant] = tuple(policy.witnesses.values())
    return found
