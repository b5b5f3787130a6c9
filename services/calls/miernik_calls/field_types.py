"""Types of text fields that several features use."""

from typing import Annotated

from fastapi import Path
from pydantic import StringConstraints

from miernik_shared.values.free_texts import NoPersonalNumber, ShortText

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), NoPersonalNumber]
ShortPath = Annotated[ShortText, Path()]
