"""Everything put together, once a process. Each room gets what it asks for and no more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2

from app.answers.accesses import AccessDesk
from app.answers.drafting import ModelComposer, RulesComposer
from app.answers.fieldlist import FieldDesk
from app.answers.gate import Gate
from app.answers.masking import Masking
from app.answers.pipeline import Pipeline
from app.answers.public import PublicDesk
from app.answers.reading import AnswerDesk
from app.answers.writing import Writer
from app.audit.log import Log
from app.audit.reading import LogReader
from app.audit.sealing import VaultSealer
from app.audit.sequencer import Sequencer
from app.audit.witnessing import Witnessing
from app.catalogue.document import CaseDocuments, case_schema
from app.catalogue.rulebook import Rulebook
from app.database.engine import Database
from app.identity.identity import Identity
from app.identity.limits.budgets import allowances
from app.identity.limits.limits import Limits
from app.identity.provider.clients import client_key
from app.identity.provider.providers import Peer, Provider
from app.intake.desk import IntakeDesk
from app.integration.cases import CaseIntake
from app.integration.codes import CodeIntake
from app.integration.mandates import MandateIntake
from app.integration.person_events import PersonEventIntake
from app.integration.protections import ProtectionIntake
from app.integration.routes import Schemas
from app.knowledge import articles
from app.knowledge.answer import Guide
from app.legitimation.binding.binding_desk import BindingDesk
from app.legitimation.desk import LegitimationDesk
from app.legitimation.protection.protecting import ProtectionDesk
from app.oversight.desk import OversightDesk
from app.policy.consenting import ConsentDesk
from app.policy.release import Policies
from app.records.excerpt import StoredFile
from app.redaction.finder import Detector, PresidioDetector
from app.redaction.names.modes import Mode
from app.redaction.site import Site
from app.vault.keys import Vault
from app.vocabulary.dates import Clock
from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Assurance
from app.web.key_services import key_service
from app.web.lifecycle import Lifecycle
from app.web.models import model_of, terms_of
from app.web.oversight import officers_of, oversight_desk, reports_of
from app.web.settings import Environment, Settings
from app.web.tenants import Tenant, load_all
from app.web.trails import signing_keys, witnesses_of

if TYPE_CHECKING:
    from app.synthesis.model import OpenAICompatible

# Where a sign-in may lead back to.
DESTINATIONS = (
    "/",
    "/ask",
    "/mandates",
    "/bind",
    "/fields",
    "/consents",
    "/session",
    "/accesses",
    "/protection",
    "/export",
    "/export/download",
    "/redaction",
    "/oversight",
    "/answers/{id}",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What one worker process holds."""

    settings: Settings
    tenants: Mapping[TenantId, Tenant]
    database: Database
    vault: Vault
    identity: Identity
    legitimation: LegitimationDesk
    consents: ConsentDesk
    pipeline: Pipeline
    detectors: Mapping[Mode, Detector]
    fields: FieldDesk
    public: PublicDesk
    answers: AnswerDesk
    accesses: AccessDesk
    protection: ProtectionDesk
    protections: ProtectionIntake
    cases: CaseIntake
    mandates: MandateIntake
    bindings: BindingDesk
    codes: CodeIntake
    person_events: PersonEventIntake
    schemas: Schemas
    reader: LogReader
    sequencer: Sequencer
    witnessing: Witnessing
    model: "OpenAICompatible | None"
    rulebook: Rulebook
    lifecycle: Lifecycle
    oversight: OversightDesk

    async def close(self) -> None:
        for peer in self.identity.peers.values():
            await peer.close()
        if self.model is not None:
            await self.model.aclose()
        await self.vault.close()
        await self.witnessing.aclose()
        await self.database.close()


def build(
    settings: Settings, clock: Clock, *, transport: httpx2.AsyncBaseTransport | None = None
) -> Service:
    """Raises ValueError, naming what is amiss, rather than start with a part missing.

    `transport` leads to the providers where something else than the network does.
    """
    tenants = load_all(settings.tenants, settings.environment)
    policies = Policies.load(settings.policies)
    rulebook = Rulebook.load(settings.policies)
    database = Database(settings.database_url, pool_size=settings.pool_size)
    vault = Vault(key_service(settings, tenants, database))
    vouching = {
        each.tenant: Assurance.of(matching.minimum)
        for each in tenants.values()
        if (matching := each.identity.matching) is not None
    }
    limits = Limits(
        database=database,
        vault=vault,
        clock=clock,
        tenants={each.tenant: allowances(each.limits) for each in tenants.values()},
        proxies=settings.trusted_proxies,
    )
    # What may be wrong with the settings comes first: the rest takes seconds.
    signing = signing_keys(tenants)
    witnesses = witnesses_of(tenants)
    model = model_of(settings)
    peers = {
        each.tenant: Peer(_provider(each, settings), clock, transport) for each in tenants.values()
    }
    sealer = VaultSealer(vault)
    sequencer = Sequencer(database, signing)
    log = Log(sealer, policy=policies.digest, wake=sequencer.wake)
    gate = Gate(database=database, vault=vault, log=log, policies=policies, clock=clock)
    guide = Guide(articles.read())
    file = StoredFile(database, vault)
    site = Site(engine=settings.redaction_engine, recognisers=settings.redaction_recognisers)
    detector = PresidioDetector(site=site)
    intake = IntakeDesk.load(settings.policies, rulebook, vault)
    composer = None if model is None else ModelComposer(model=model, rulebook=rulebook, guide=guide)
    protection = ProtectionDesk(database=database, vault=vault, log=log, clock=clock)
    terms = {each.tenant: terms_of(each, settings, composer) for each in tenants.values()}
    lifecycle = Lifecycle.of(
        settings,
        tenants,
        gate=gate,
        file=file,
        sealer=sealer,
        rulebook=rulebook,
    )
    return Service(
        settings=settings,
        tenants=tenants,
        database=database,
        vault=vault,
        identity=Identity(
            database=database,
            peers=peers,
            journal=log,
            clock=clock,
            origin=settings.origin,
            actions=rulebook.actions,
            limits=limits,
            destinations=DESTINATIONS,
            vouching=vouching,
            officers=officers_of(tenants, rulebook.actions),
        ),
        legitimation=LegitimationDesk(database=database, vault=vault, log=log, clock=clock),
        consents=ConsentDesk(database=database, log=log, rulebook=rulebook, clock=clock),
        pipeline=Pipeline(
            intake=intake,
            gate=gate,
            file=file,
            masking=Masking(detector=detector, rulebook=rulebook, clock=clock),
            rulebook=rulebook,
            writer=Writer(rules=RulesComposer.load(rulebook), guide=guide),
            terms=terms,
            limits=limits,
        ),
        detectors={mode: detector.in_mode(mode) for mode in Mode},
        fields=FieldDesk(gate=gate, rulebook=rulebook),
        public=PublicDesk(intake=intake, detector=detector, guide=guide, tenants=tenants.keys()),
        answers=AnswerDesk(
            database=database,
            vault=vault,
            sealer=sealer,
            log=log,
            clock=clock,
            locating=rulebook.catalogue.locating,
        ),
        accesses=AccessDesk(database=database, vault=vault, log=log, clock=clock),
        protection=protection,
        protections=ProtectionIntake(database=database, desk=protection),
        cases=CaseIntake(
            database=database,
            vault=vault,
            log=log,
            clock=clock,
            documents=CaseDocuments(rulebook.catalogue),
        ),
        person_events=PersonEventIntake(database=database, log=log, clock=clock),
        mandates=MandateIntake(database=database, vault=vault, log=log, clock=clock),
        bindings=BindingDesk(
            database=database,
            vault=vault,
            log=log,
            limits=limits,
            clock=clock,
            vouching=vouching,
        ),
        codes=CodeIntake(database=database, log=log, clock=clock),
        schemas=Schemas(
            case_schema(rulebook.catalogue),
            frozenset({"*", *(group.value for group in rulebook.catalogue.groups)}),
        ),
        reader=LogReader(database, {name: key.verifier for name, key in signing.items()}),
        sequencer=sequencer,
        witnessing=Witnessing(database, witnesses),
        model=model,
        rulebook=rulebook,
        lifecycle=lifecycle,
        oversight=oversight_desk(
            gate,
            sealer,
            signing,
            reports_of(
                tenants,
                {name: each.hosting for name, each in terms.items()},
                rulebook=rulebook,
                engine=policies.engine,
                retention=lifecycle.retention,
            ),
        ),
    )


def _provider(tenant: Tenant, settings: Settings) -> Provider:
    part = tenant.identity
    return Provider(
        tenant=tenant.tenant,
        profile=part.profile,
        issuer=part.issuer,
        client_id=part.client_id,
        key=client_key(part.key_file),
        acr=part.levels,
        redirect_uri=f"{settings.origin}/callback",
        after_logout=f"{settings.origin}/",
        audience=f"{settings.origin}/t/{tenant.id}",
        bearer_clients=part.bearer_clients,
        dpop_clients=part.dpop_clients,
        loopback=settings.environment is not Environment.PRODUCTION,
    )
