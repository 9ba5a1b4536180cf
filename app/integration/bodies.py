"""The parts that several of the office's bodies are made of."""

from typing import Annotated, Final

from fastapi import Path
from pydantic import BaseModel, ConfigDict, StringConstraints

from app.integration.places import Place

REF: Final = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$"
Ref = Annotated[str, Path(pattern=REF)]
RefText = Annotated[str, StringConstraints(pattern=REF)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class PersonBody(Body):
    """Without a case it is a representative of that reference."""

    case: RefText | None = None
    person: RefText

    def place(self) -> Place:
        return Place(case=self.case, person=self.person)


class MemberBody(Body):
    """Somebody of a case."""

    case: RefText
    person: RefText

    def place(self) -> Place:
        return Place(case=self.case, person=self.person)
