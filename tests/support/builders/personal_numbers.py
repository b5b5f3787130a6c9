"""Generated PESEL numbers: valid, and by default of a birth in 1912, so that nobody alive has them."""

from __future__ import annotations

WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)


def made_up_pesel(birth: str = "121231", serial: str = "0000") -> str:
    """A number with a right check digit; `birth` as the number writes it: YYMMDD, the month with its century."""
    digits = birth + serial
    checksum = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    return digits + str(-checksum % 10)


def assert_untold(number: str, *texts: str) -> None:
    """Assert that no line of the texts has the number, however its digits are grouped."""
    for text in texts:
        assert not [line for line in text.splitlines() if number in only_digits(line)]


def only_digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def spellings(number: str) -> dict[str, str]:
    """The ways in which a number is written by people, spreadsheets, word processors and programs, by what they do."""
    six, five = number[:6], number[6:]
    threes = [number[:2], number[2:5], number[5:8], number[8:]]
    day = [number[:2], number[2:4], number[4:6], five]
    apart = {sign: sign.join(number) for sign in (" ", "-", ".", "/", "_", ":", "|", ",", "*", " - ", "\u00a0", "–")}
    hidden = ("\u200b", "\u200d", "\ufeff", "\u00ad", "\u200e", "\u2060", "\ufe0f", "\u034f", "\u3164", "\x00", "\x1b")
    scripts = {"full-width": 0xFF10, "Arabic": 0x660, "Devanagari": 0x966, "bold": 0x1D7CE, "N'Ko": 0x7C0}
    return {
        "plain": number,
        **{
            f"six {sign!r} five": f"{six}{sign}{five}"
            for sign in ("_", ":", "-", " ", "/", ".", "|", "#", "=", "\n", "¦")
        },
        **{f"{sign!r} between all digits": text for sign, text in apart.items()},
        **{f"U+{ord(sign):04X} inside": f"{six}{sign}{five}" for sign in hidden},
        **{f"U+{ord(sign):04X} between all digits": sign.join(number) for sign in hidden},
        **{f"{name} digits": "".join(chr(zero + int(digit)) for digit in number) for name, zero in scripts.items()},
        "superscript digits": number.translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")),
        "circled digits": number.translate(str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")),
        "full-width with blanks": "\u3000".join(chr(0xFF10 + int(digit)) for digit in number),
        "in quotes": f'"{number}"',
        "in Polish quotes": f"„{number}”",
        "with an apostrophe": f"'{number}",
        "as a formula": f'="{number}"',
        "as a sum": f"+{number}",
        "in brackets": f"({six}) {five}",
        "in a sentence": f"Pani Janina Próbna (PESEL:{number}), lat 70",
        "with a day before it": f"ur. {'-'.join(day[:3])} {five}",
        "with decimals": f"{number}.0",
        "with six decimals": f"{number},000000",
        "grouped with decimals": f"{' '.join(threes)},00",
        "as thousands": ",".join(threes),
        "as Swiss thousands": "’".join(threes),
        "with non-breaking blanks": "\u00a0".join(threes),
        "with narrow blanks": "\u202f".join(threes),
        "as a day and five digits": ".".join(day),
        "scientific": f"{number[0]}.{number[1:]}E10",
        "scientific with a comma": f"{number[0]},{number[1:]}e+10",
        "scientific with a zero more": f"{number}0E-1",
        "in pairs": "-".join(number[place : place + 2] for place in range(0, 11, 2)),
        "in fours": "_".join((number[:4], number[4:8], number[8:])),
        "with a wide dash": f"{six} -- {five}",
        "in a letter's code": f"UDA{number}x",
        "on two lines": f"{six}\r\n{five}",
    }
