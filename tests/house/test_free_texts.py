"""No field of a request takes a PESEL into the register."""

from __future__ import annotations

import importlib
import inspect
import json
import re
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from tests.support.builders.personal_numbers import made_up_pesel

from miernik_shared.external_ids import ExternalId
from miernik_shared.web.field_errors import field_error

ROOT = Path(__file__).parents[2]
# Only what is registered already, or has another length and check digit of its own.
JUDGED_ELSEWHERE = {"territory", "node", "parent", "breakdown", "nip", "regon", "krs"}
WRITTEN = ("{}", "PESEL {}", "Jan Próbny {}")
RUNTIME_TYPE: Any = Annotated
REFERENCE = re.compile(r"#/components/schemas/(\w+)")


def sent() -> set[str]:
    """Names of the shapes of all request bodies, and of what these are made of."""
    names = set[str]()
    for file in (ROOT / "docs/openapi").glob("*.json"):
        document = json.loads(file.read_text(encoding="utf-8"))
        bodies = [one.get("requestBody") for path in document["paths"].values() for one in path.values()]
        todo = set(REFERENCE.findall(json.dumps(bodies)))
        while todo:
            names |= todo
            schemas = [document["components"]["schemas"].get(name) for name in todo]
            todo = set(REFERENCE.findall(json.dumps(schemas))) - names
    return names


def request_models() -> list[type[BaseModel]]:
    names, shapes = sent(), set[type[BaseModel]]()
    for file in [*ROOT.glob("services/*/miernik_*/**/*.py"), *ROOT.glob("shared/miernik_*/**/*.py")]:
        if "BaseModel" in file.read_text(encoding="utf-8"):
            package = next(at for at, part in enumerate(file.parts) if part.startswith("miernik_"))
            module = importlib.import_module(".".join(file.with_suffix("").parts[package:]).removesuffix(".__init__"))
            classes = [one for _, one in inspect.getmembers(module, inspect.isclass) if issubclass(one, BaseModel)]
            shapes.update(one for one in classes if one.__name__ in names)
    return sorted(shapes, key=lambda one: one.__name__)


def takes(model: type[BaseModel], name: str, text: str) -> bool:
    field = model.model_fields[name]
    try:
        # An amount is a number, however many digits it has.
        return isinstance(TypeAdapter(RUNTIME_TYPE[field.annotation, field]).validate_python(text), str)
    except ValidationError:
        return False


@pytest.mark.parametrize("model", request_models(), ids=lambda model: model.__name__)
def test_a_request_takes_no_personal_number(model: type[BaseModel]) -> None:
    names = model.model_fields.keys() - JUDGED_ELSEWHERE
    texts = [written.format(made_up_pesel()) for written in WRITTEN]
    assert [(name, text) for name in names for text in texts if takes(model, name, text)] == []


def test_the_refusal_does_not_repeat_the_number() -> None:
    number = made_up_pesel()
    with pytest.raises(ValidationError) as refusal:
        ExternalId(system="lsi", value=number)
    fault = field_error("/value", refusal.value.errors()[0])
    assert (fault.code, fault.pointer) == ("personal_number", "/value")
    assert number not in repr(fault)
