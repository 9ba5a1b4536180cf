"""The seven kinds of mandate, and what the law lets each of them be."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.vocabulary.levels import Assurance

EVERY_GROUP: Final = "*"


class MandateKind(StrEnum):
    """SELF is a row like any other, so that there is exactly one path."""

    SELF = "SELF"
    PARENT = "PARENT"
    GUARDIAN = "GUARDIAN"
    PROXY = "PROXY"
    LEGAL_COUNSEL = "LEGAL_COUNSEL"
    PRESUMED_38 = "PRESUMED_38"
    INSTITUTION = "INSTITUTION"


class Action(StrEnum):
    READ = "read"
    EXPLAIN = "explain"
    SUBMIT = "submit"


class Proof(StrEnum):
    """What the office has seen (§ 13(1) sentence 3 SGB X)."""

    ACTIVATION_CODE = "activation_code"
    BIRTH_CERTIFICATE = "birth_certificate"
    CUSTODY_DECLARATION = "custody_declaration"
    COURT_ORDER = "court_order"
    GUARDIAN_CARD = "guardian_card"
    POWER_OF_ATTORNEY = "power_of_attorney"
    NOTARIAL_DEED = "notarial_deed"
    COUNSEL_ASSURANCE = "counsel_assurance"
    JOINT_APPLICATION = "joint_application"
    INSTITUTION_AUTHORISATION = "institution_authorisation"


class Source(StrEnum):
    """Where we learnt of a mandate."""

    OWN_REGISTER = "own_register"
    BROKER = "broker"
    COURT = "court"
    WALLET = "wallet"


class Effect(StrEnum):
    """What an objection of the represented person does."""

    ENDED = "ended"
    PASSED_ON = "passed_on"


class Standing(StrEnum):
    """Who can be the grantee of a kind: somebody of the household, somebody outside, or either."""

    MEMBER = "member"
    OUTSIDER = "outsider"
    ANYBODY = "anybody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """`proofs` says how sure each proof makes us; `actions` is the most a mandate may hold.

    `reserves`: whether it may hold a reservation of consent (§ 1825 BGB).
    """

    basis: str
    proofs: Mapping[Proof, Assurance]
    actions: frozenset[Action] = frozenset(Action)
    every_group: bool = True
    reserves: bool = False
    grantee: Standing = Standing.ANYBODY
    ends_at_majority: bool = False
    ends_with_grantor: bool = True
    ends_on_leaving: bool = False
    objection: Effect = Effect.ENDED


# A court's order, a register's extract and a notary's deed are public documents (§ 415 ZPO); a
# paper somebody signed is less; a signature under a joint application is least.
TERMS: Final[Mapping[MandateKind, Terms]] = MappingProxyType(
    {
        MandateKind.SELF: Terms(
            basis="§ 11 SGB X, § 36 SGB I",
            proofs={Proof.ACTIVATION_CODE: Assurance.HIGH},
            grantee=Standing.MEMBER,
            objection=Effect.PASSED_ON,
        ),
        MandateKind.PARENT: Terms(
            basis="§§ 1626, 1629 BGB",
            proofs={
                Proof.BIRTH_CERTIFICATE: Assurance.HIGH,
                Proof.CUSTODY_DECLARATION: Assurance.HIGH,
                Proof.COURT_ORDER: Assurance.HIGH,
            },
            ends_at_majority=True,
            objection=Effect.PASSED_ON,
        ),
        # Within the tasks the court named (§ 1815 BGB), so never every group; ends with the
        # ward's death (§ 1870 BGB).
        MandateKind.GUARDIAN: Terms(
            basis="§§ 1814, 1815, 1823 BGB",
            proofs={Proof.GUARDIAN_CARD: Assurance.HIGH, Proof.COURT_ORDER: Assurance.HIGH},
            every_group=False,
            reserves=True,
            objection=Effect.PASSED_ON,
        ),
        # § 13(2) SGB X: neither death nor loss of capacity of the grantor ends it.
        MandateKind.PROXY: Terms(
            basis="§ 13 SGB X",
            proofs={
                Proof.POWER_OF_ATTORNEY: Assurance.SUBSTANTIAL,
                Proof.NOTARIAL_DEED: Assurance.HIGH,
            },
            ends_with_grantor=False,
        ),
        MandateKind.LEGAL_COUNSEL: Terms(
            basis="§ 13 SGB X, § 3 BRAO",
            proofs={
                Proof.POWER_OF_ATTORNEY: Assurance.SUBSTANTIAL,
                Proof.COUNSEL_ASSURANCE: Assurance.SUBSTANTIAL,
            },
            grantee=Standing.OUTSIDER,
            ends_with_grantor=False,
        ),
        # A presumption to apply and to receive, and no right to read (BSG, B 14 AS 2/13 R).
        MandateKind.PRESUMED_38: Terms(
            basis="§ 38(1) SGB II",
            proofs={Proof.JOINT_APPLICATION: Assurance.LOW},
            actions=frozenset({Action.SUBMIT}),
            grantee=Standing.MEMBER,
            ends_on_leaving=True,
        ),
        MandateKind.INSTITUTION: Terms(
            basis="§ 13 SGB X",
            proofs={
                Proof.INSTITUTION_AUTHORISATION: Assurance.SUBSTANTIAL,
                Proof.POWER_OF_ATTORNEY: Assurance.SUBSTANTIAL,
            },
            actions=frozenset({Action.READ, Action.EXPLAIN}),
            every_group=False,
            grantee=Standing.OUTSIDER,
        ),
    }
)
