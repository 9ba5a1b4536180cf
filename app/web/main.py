"""The application, put together and started."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Final

import httpx2
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from app.answers import access_routes, fieldlist, public
from app.answers import routes as answers
from app.audit import routes as trail
from app.identity import guards as identity_guards
from app.identity import protected_resource
from app.identity.browser import session_routes
from app.identity.sign_in import routes as identity
from app.integration import code_routes, erasure_routes, mandate_routes, protection_routes
from app.integration import routes as integration
from app.legitimation import guards as legitimation_guards
from app.legitimation import objection_routes
from app.legitimation import routes as legitimation
from app.legitimation.binding import binding_routes
from app.legitimation.protection import protection_routes as protecting_routes
from app.lifecycle import erasure_routes as own_erasure_routes
from app.lifecycle import export_routes
from app.oversight import routes as oversight_routes
from app.policy import routes as policy
from app.redaction.recognisers import prepared
from app.telemetry import export, logs
from app.telemetry.attributes import Configured
from app.telemetry.logs import Level, Message, say
from app.vault import alarmbook
from app.vocabulary.dates import Clock, system_clock
from app.vocabulary.desks import Wanted, hand_out
from app.vocabulary.errors import KlarfallError, Unavailable
from app.web import contact, health, problems
from app.web.admission import require_guards
from app.web.contract import Application
from app.web.edge import Edge
from app.web.oversight import raise_alarms
from app.web.pages import redacting
from app.web.pages import routes as pages
from app.web.pages.view import Pages, get_pages
from app.web.settings import Environment, Settings
from app.web.throttle import Throttle
from app.web.wiring import Service, build

STATIC: Final = Path(__file__).parent / "static"
AGAIN_SECONDS: Final = 2.0


def create_app(
    settings: Settings,
    clock: Clock = system_clock,
    *,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> FastAPI:
    """A worker's application. Raises ValueError, naming what is amiss, rather than start."""
    logs.configure()
    service = build(settings, clock, transport=transport)
    app = Application(
        title="Klarfall",
        version="0.1.0",
        summary="Answers a person's question about their own benefit case.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=_lifespan(service),
    )
    app.state.service = service
    for error, handler in (
        (KlarfallError, problems.render_klarfall),
        (RequestValidationError, problems.render_invalid),
        (HTTPException, problems.render_http),
    ):
        app.add_exception_handler(error, handler)
    for router in (
        identity.router,
        protected_resource.router,
        session_routes.router,
        legitimation.router,
        binding_routes.router,
        objection_routes.router,
        policy.router,
        answers.router,
        fieldlist.router,
        public.router,
        integration.router,
        mandate_routes.router,
        code_routes.router,
        protection_routes.router,
        protecting_routes.router,
        access_routes.router,
        export_routes.router,
        own_erasure_routes.router,
        erasure_routes.router,
        oversight_routes.router,
        trail.router,
        health.router,
        contact.router,
        pages.router,
    ):
        app.include_router(router)
    _give(app, service)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    require_guards(app)
    app.add_middleware(Throttle, limits=service.identity.limits)
    app.add_middleware(Edge, form_targets=_form_targets(service))
    return app


def _give(app: FastAPI, service: Service) -> None:
    """Each room's request for its desk, answered."""
    desks: dict[Wanted[object], object] = {
        identity_guards.get_identity: service.identity,
        legitimation_guards.get_legitimation: service.legitimation,
        policy.get_consents: service.consents,
        answers.get_pipeline: service.pipeline,
        answers.get_answers: service.answers,
        fieldlist.get_fields: service.fields,
        public.get_public_desk: service.public,
        integration.get_case_intake: service.cases,
        mandate_routes.get_mandate_intake: service.mandates,
        mandate_routes.get_person_event_intake: service.person_events,
        code_routes.get_code_intake: service.codes,
        binding_routes.get_bindings: service.bindings,
        integration.get_schemas: service.schemas,
        access_routes.get_accesses: service.accesses,
        export_routes.get_exports: service.lifecycle.exports,
        own_erasure_routes.get_erasures: service.lifecycle.erasures,
        oversight_routes.get_oversight: service.oversight,
        protecting_routes.get_protection: service.protection,
        protection_routes.get_protection_intake: service.protections,
        trail.get_reader: service.reader,
        health.get_service: service,
        contact.get_contact: service,
        get_pages: _pages(service),
        redacting.get_detectors: service.detectors,
    }
    hand_out(app, desks)


def _pages(service: Service) -> Pages:
    return Pages(
        tenants=service.tenants,
        hosting={name: terms.hosting for name, terms in service.pipeline.terms.items()},
        rulebook=service.rulebook,
        consents=service.consents,
        fields=service.fields,
        demo=service.settings.environment is Environment.DEMO,
    )


def _form_targets(service: Service) -> set[str]:
    """Signing out goes on to the provider's own page."""
    return {tenant.identity.issuer.rstrip("/") for tenant in service.tenants.values()}


async def _forget_again(service: Service) -> None:
    """Before anybody is served: who was erased is not here. Raises rather than start in doubt.

    Waits for a database that does not answer: begun beside it, a worker is often quicker.
    """
    try:
        while True:
            if await _forgotten(service):
                return
            await asyncio.sleep(AGAIN_SECONDS)
    except BaseException:
        await service.close()
        raise


async def _forgotten(service: Service) -> bool:
    """Raises Unavailable for any part but the database, and for what does not open."""
    try:
        await service.lifecycle.replay()
    except Unavailable as away:
        if away.part != "database":
            raise
        say(Message.PART_UNAVAILABLE, level=Level.WARNING, error=Configured(away.part))
        return False
    return True


def _lifespan(service: Service) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        stop_export = export.from_environment()
        await _forget_again(service)
        sequencing = asyncio.create_task(service.sequencer.run())
        witnessing = asyncio.create_task(service.witnessing.run())
        sweeping = asyncio.create_task(service.identity.limits.run())
        noting = asyncio.create_task(alarmbook.keep(service.database, service.vault.alarms))
        Thread(target=prepared, name="patterns", daemon=True).start()
        say(Message.STARTED)
        raise_alarms(service.oversight.reports)
        try:
            yield
        finally:
            for task in (sequencing, witnessing, sweeping, noting):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await service.close()
            stop_export()
            say(Message.STOPPED)

    return running
