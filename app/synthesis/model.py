"""A model behind an OpenAI-compatible server, through llama-index."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, final

import openai
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole
from llama_index.core.callbacks import CallbackManager
from llama_index.llms.openai_like import OpenAILike  # type: ignore[import-untyped]  # it ships no types
from openai.resources.chat import AsyncChat
from openai.types.chat import ChatCompletionChunk

from app.audit.receipts import Receipt
from app.knowledge.articles import Article
from app.redaction.text import RedactedText
from app.synthesis.door import admit
from app.synthesis.prompts import Prompt, prompt
from app.vocabulary.errors import Unavailable
from app.vocabulary.levels import Hosting, Language

_ROLES: Final[Mapping[str, MessageRole]] = MappingProxyType(
    {"system": MessageRole.SYSTEM, "user": MessageRole.USER}
)
# These write whole requests at level DEBUG.
_TALKATIVE: Final = ("openai", "httpx", "httpcore", "llama_index", "llama_index_instrumentation")
_NO_KEY: Final = "none"
# openai loads its parts at first use, which takes seconds: now, not during the first question.
_LOADED: Final = AsyncChat


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """`url` up to and with `/v1`. Seconds count from the request to the last word."""

    url: str
    name: str
    hosting: Hosting
    api_key: str | None = field(default=None, repr=False)
    seconds: float = 20.0
    longest: int = 600


@final
class OpenAICompatible:
    """Asks once, never again: a second try would only make the fall-back to the rules later."""

    def __init__(self, settings: ModelSettings) -> None:
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
        self._settings = settings
        # No redirects and no proxy from the environment: a prompt goes to this server or nowhere.
        self._client = openai.DefaultAsyncHttpxClient(
            follow_redirects=False, trust_env=False, timeout=settings.seconds
        )
        self._model = OpenAILike(
            model=settings.name,
            api_base=settings.url,
            # Never absent, or a key of somebody else's would be taken from the environment.
            api_key=settings.api_key or _NO_KEY,
            is_chat_model=True,
            is_function_calling_model=False,
            temperature=0.0,
            max_tokens=settings.longest,
            max_retries=0,
            timeout=settings.seconds,
            async_http_client=self._client,
            # A manager of our own: nothing registered elsewhere gets to see a prompt.
            callback_manager=CallbackManager([]),
        )

    @property
    def hosting(self) -> Hosting:
        return self._settings.hosting

    async def complete(
        self,
        facts: RedactedText,
        question: RedactedText,
        *,
        receipt: Receipt,
        language: Language,
        law: tuple[Article, ...] = (),
    ) -> AsyncGenerator[str, None]:
        """The draft as it arrives. Raises Unavailable("model"), also for one that breaks off."""
        admit(self._settings.hosting)
        _require(receipt)
        asked = self._ask(prompt(facts, question, language=language, law=law))
        async with aclosing(asked):
            async for piece in asked:
                yield piece

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _ask(self, asked: Prompt) -> AsyncGenerator[str, None]:
        clock = asyncio.get_running_loop().time
        end = clock() + self._settings.seconds
        messages = [
            ChatMessage(role=_ROLES["system"], content=asked.system),
            ChatMessage(role=_ROLES["user"], content=asked.user),
        ]
        finished = False
        try:
            answer = await asyncio.wait_for(self._model.astream_chat(messages), end - clock())
            pieces = aiter(answer)
            while not finished:
                piece = await asyncio.wait_for(anext(pieces), end - clock())
                finished = _finished(piece)
                if piece.delta:
                    yield piece.delta
        except Exception:  # noqa: BLE001 - whatever it is, and it may quote the prompt: the rules answer
            finished = False
        if not finished:
            raise Unavailable("model")


def _finished(piece: ChatResponse) -> bool:
    """Whether the model says it came to its end; one cut short by length did not."""
    match piece.raw:
        case ChatCompletionChunk(choices=[choice, *_]):
            return choice.finish_reason == "stop"
        case _:
            return False


def _require(receipt: Receipt) -> None:
    """Holding one is the point; this refuses what only pretends to be one."""
    if not isinstance(receipt, Receipt):
        raise TypeError("a model is asked with a receipt")
