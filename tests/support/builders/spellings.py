"""Spellings of one identifier, as people, spreadsheets, word processors and web pages produce them."""

from __future__ import annotations

UNSEEN = (
    "\u200b", "\ufeff", "\u00ad", "\u200e", "\u200d", "\u2060", "\u202e", "\u061c", "\u180e", "\u034f", "\ufe0f",
    "\u3164", "\u2800", "\u1160", "\U000e0041", "\x1b", "\x00", "\x07", "\x7f", "\x9f", "\ufff9", "\ue000",
)  # fmt: skip
"""Characters that nobody sees: each is refused where a text is written."""
REFUSED_SPELLINGS = {f"U+{ord(one):04X}": f"{{}}{one}" for one in UNSEEN} | {"in the middle": "\u200b{}"}
RECOGNISED_SPELLINGS = {
    "apostrophe": "'{}",
    "typographic apostrophe": "’{}",
    "formula": '="{}"',
    "apostrophe and formula": '\'="{}"',
    "blank": " {} ",
    "no-break space": "{}\u00a0",
    "ideographic space": "\u3000{}",
    "tab": "{}\t",
}
"""Spellings that are recognised as the same identifier wherever they stand."""
SPELLINGS = {**REFUSED_SPELLINGS, **RECOGNISED_SPELLINGS}


def respell(text: str) -> dict[str, str]:
    """Further spellings of a text, by the signs in it: dashes, blanks, slashes, full-width letters, decomposition."""
    wide = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)
    made = {
        "full width": wide,
        "non-breaking hyphen": text.replace("-", "\u2011"),
        "minus": text.replace("-", "\u2212"),
        "en dash": text.replace("-", "\u2013"),
        "two blanks": text.replace(" ", "  "),
        "no-break space inside": text.replace(" ", "\u00a0"),
        "division slash": text.replace("/", "\u2215"),
    }
    return {name: one for name, one in made.items() if one != text}
