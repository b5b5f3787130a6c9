"""Types of text fields that several features use."""

from typing import Annotated

from pydantic import StringConstraints

from miernik_shared.values.free_texts import NoPersonalNumber, Shown

Name = Annotated[str, StringConstraints(min_length=1, max_length=500), Shown, NoPersonalNumber]
