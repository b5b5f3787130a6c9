"""Mapping of Pydantic's validation errors to our error codes and sentences."""

from collections.abc import Mapping
from typing import Any

from miernik_shared.problems import FieldError

_CODES = {"missing": "field_missing", "extra_forbidden": "field_unknown"}
_PERSONAL_NUMBER = "personal_number"
_UNPRINTABLE = "text_unprintable"
_LIMITS = ("max_length", "min_length", "decimal_places", "max_digits", "whole_digits", "gt", "ge", "lt", "le")
_SENTENCES = {
    "value_not_text": ("string_type", "string_sub_type", "string_unicode"),
    "value_pattern": ("string_pattern_mismatch",),
    "value_too_long": ("string_too_long",),
    "value_too_short": ("string_too_short",),
    "value_decimal": ("decimal_parsing", "decimal_type", "decimal_as_text", "decimal_notation", "finite_number"),
    "value_places": ("decimal_max_places",),
    "value_digits": ("decimal_max_digits", "decimal_whole_digits"),
    "value_day": ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
    "value_day_two_digit_year": ("day_two_digit_year",),
    "value_day_swapped": ("day_swapped",),
    "instant_malformed": (
        "datetime_type",
        "datetime_parsing",
        "datetime_from_date_parsing",
        "datetime_object_invalid",
        "timezone_aware",
    ),
    "value_choice": ("literal_error", "enum"),
    "value_office": ("office_code",),
    "external_id_unreadable": ("external_id_unreadable",),
    "value_truth": ("bool_parsing", "bool_type"),
    "value_whole": ("int_parsing", "int_type", "int_from_float", "int_parsing_size"),
    "value_number": ("float_parsing", "float_type"),
    "value_identifier": ("uuid_parsing", "uuid_type", "uuid_version"),
    "value_above": ("greater_than",),
    "value_at_least": ("greater_than_equal",),
    "value_below": ("less_than",),
    "value_at_most": ("less_than_equal",),
    "value_not_list": ("list_type",),
    "value_list_too_long": ("too_long",),
    "value_list_too_short": ("too_short",),
    "value_not_object": ("dict_type", "model_type", "model_attributes_type"),
}
SENTENCES = {kind: sentence for sentence, kinds in _SENTENCES.items() for kind in kinds}
"""Key of the sentence by the ``type`` of Pydantic's error."""


def personal_number(pointer: str) -> FieldError:
    """Error for a PESEL in a field or a parameter; for tables see the findings."""
    return FieldError(pointer, _PERSONAL_NUMBER, sentence="personal_number_in_field")


def field_error(pointer: str, fault: Mapping[str, Any]) -> FieldError:
    """Convert an error of Pydantic. Its parameters are those of the violated rule, never the input."""
    kind = str(fault["type"])
    if kind in _CODES:
        return FieldError(pointer, _CODES[kind])
    if kind == _PERSONAL_NUMBER:
        return personal_number(pointer)
    rule: Mapping[str, Any] = fault.get("ctx") or {}
    if kind == _UNPRINTABLE:
        return FieldError(pointer, _UNPRINTABLE, {**rule}, sentence="text_unprintable_in_field")
    params = {"reason": kind}
    limit = next((rule[name] for name in _LIMITS if name in rule), None)
    if limit is not None:
        params["limit"] = str(limit)
    if "pattern" in rule:
        params["pattern"] = str(rule["pattern"])
    if "expected" in rule:
        # The library's list ends in an English "or".
        params["expected"] = str(rule["expected"]).replace(" or ", ", ")
    return FieldError(pointer, "field_invalid", params, sentence=SENTENCES.get(kind))
