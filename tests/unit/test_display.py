"""Figures, days and sort keys in Polish and in English."""

from datetime import date
from decimal import Decimal, localcontext

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from miernik_shared.formats import Language
from miernik_shared.formats.display import day, money, number, percent
from miernik_shared.formats.sorting import polish_sort_key, search_key
from miernik_shared.values.percentage import half_up

# --- figures and days ---


@pytest.mark.parametrize(
    ("value", "places", "polish", "english"),
    [
        ("4868206.71", None, "4\u00a0868\u00a0206,71", "4,868,206.71"),
        ("4868206.710000", None, "4\u00a0868\u00a0206,71", "4,868,206.71"),
        ("4868206.7", 2, "4\u00a0868\u00a0206,70", "4,868,206.70"),
        ("64700.00", None, "64\u00a0700", "64,700"),
        ("1234", None, "1\u00a0234", "1,234"),
        ("999", None, "999", "999"),
        ("1E+3", None, "1\u00a0000", "1,000"),
        ("1000", None, "1\u00a0000", "1,000"),
        ("0", None, "0", "0"),
        ("-0.00", None, "0", "0"),
        ("-0.004", 2, "0,00", "0.00"),
        ("-1234.5", 2, "-1\u00a0234,50", "-1,234.50"),
        ("1234.565", 2, "1\u00a0234,57", "1,234.57"),
        ("0.000001", None, "0,000001", "0.000001"),
        ("12345678901234567890123456789012.5", 0, "12 345 678 901 234 567 890 123 456 789 013", None),
    ],
)
def test_a_number_as_printed(value: str, places: int | None, polish: str, english: str | None) -> None:
    assert number(Decimal(value), "pl", places) == polish.replace(" ", "\u00a0")
    assert english is None or number(Decimal(value), "en", places) == english


@pytest.mark.parametrize(
    ("value", "polish", "english"),
    [
        ("54.95", "54,95%", "54.95%"),
        ("0", "0,00%", "0.00%"),
        ("10.425", "10,43%", "10.43%"),
        ("1361.54", "1\u00a0361,54%", "1,361.54%"),
    ],
)
def test_a_percentage_as_printed(value: str, polish: str, english: str) -> None:
    assert (percent(Decimal(value), "pl"), percent(Decimal(value), "en")) == (polish, english)


@pytest.mark.parametrize(
    ("amount", "currency", "polish", "english"),
    [
        ("4868206.71", "PLN", "4 868 206,71 zł", "4,868,206.71 PLN"),
        ("12000000", "PLN", "12 000 000,00 zł", "12,000,000.00 PLN"),
        ("0.00", "PLN", "0,00 zł", "0.00 PLN"),
        ("-0.50", "PLN", "-0,50 zł", "-0.50 PLN"),
        ("64700.00", "EUR", "64 700 EUR", "64,700 EUR"),
        ("64700.50", "EUR", "64 700,50 EUR", "64,700.50 EUR"),
    ],
)
def test_an_amount_as_printed(amount: str, currency: str, polish: str, english: str) -> None:
    assert money(Decimal(amount), currency, "pl") == polish.replace(" ", "\u00a0")
    assert money(Decimal(amount), currency, "en") == english.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    ("amount", "bare"), [("77512480.00", "77 512 480 zł"), ("7120300.10", "7 120 300,10 zł"), ("0", "0 zł")]
)
def test_whole_amounts_of_zlote_may_stand_bare(amount: str, bare: str) -> None:
    assert money(Decimal(amount), "PLN", "pl", whole_bare=True) == bare.replace(" ", "\u00a0")


def test_a_day_as_printed() -> None:
    assert (day(date(2011, 6, 30), "pl"), day(date(2011, 6, 30), "en")) == ("30 czerwca 2011 r.", "30 June 2011")
    assert (day(date(2012, 1, 1), "pl"), day(date(2012, 1, 1), "en")) == ("1 stycznia 2012 r.", "1 January 2012")


@pytest.mark.parametrize(("language", "missing"), [("pl", "n/d"), ("en", "n/a")])
def test_a_missing_value_is_said_to_be_missing(language: Language, missing: str) -> None:
    assert (number(None, language), number(None, language, 2)) == (missing, missing)
    assert (percent(None, language), day(None, language)) == (missing, missing)


def test_a_number_does_not_depend_on_the_callers_decimal_context() -> None:
    with localcontext(prec=3):
        assert number(Decimal("4868206.71"), "pl", 2) == "4\u00a0868\u00a0206,71"


def read_back(text: str, language: Language) -> Decimal:
    if language == "pl":
        return Decimal(text.replace("\u00a0", "").replace(",", "."))
    return Decimal(text.replace(",", ""))


values = st.decimals(min_value=-(10**14), max_value=10**14, places=6)
languages: st.SearchStrategy[Language] = st.sampled_from(["pl", "en"])


@given(values, languages)
def test_a_number_printed_in_full_reads_back_the_same(value: Decimal, language: Language) -> None:
    assert read_back(number(value, language), language) == value


@given(values, languages, st.integers(0, 4))
def test_a_number_printed_to_places_reads_back_rounded(value: Decimal, language: Language, places: int) -> None:
    printed = number(value, language, places)
    assert read_back(printed, language) == half_up(value, places)
    decimals = printed.partition("," if language == "pl" else ".")[2]
    assert len(decimals) == places


# --- sort and search keys ---

ALPHABET = "aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż"


def key_bytes(text: str) -> bytes:
    return polish_sort_key(text).encode()


@pytest.mark.parametrize(
    "in_order",
    [
        ["Lubicz", "Łabiszyn", "Mogilno", "Osie", "Ósma", "Zławieś Wielka", "Źródła", "Żnin"],
        ["7.1", "7.1.1", "7.2.1", "7.2.2", "7.2.10", "7.10", "10.1"],
        ["Działanie 7.2", "Działanie 7.2 a", "Działanie 7.2.1", "Działanie 7.10"],
        ["Priorytet 07", "Priorytet 8", "Priorytet 10"],
        ["Nowa Wieś", "Nowe", "Nowy"],
        ["ala", "alA", "Ala", "ala ma", "alb"],
        ["żyto", "żytO", "Żyto"],
        ["muller", "müller", "mullerowa"],
        ["9", "a", "ą", "b"],
    ],
)
def test_texts_in_polish_order(in_order: list[str]) -> None:
    keys = [key_bytes(text) for text in in_order]
    assert keys == sorted(set(keys))


def test_the_whole_alphabet_is_in_order_in_both_cases() -> None:
    letters = [letter for small in ALPHABET for letter in (small, small.upper())]
    keys = [key_bytes(letter) for letter in letters]
    assert keys == sorted(set(keys))


def test_composed_and_decomposed_letters_and_all_kinds_of_blanks_sort_alike() -> None:
    assert polish_sort_key("\u00a0Ża\u202f ma\n") == polish_sort_key("Z\u0307a ma")


def reference_order(text: str) -> tuple[list[int], list[bool]]:
    return [ALPHABET.find(letter.lower()) for letter in text], [letter.isupper() for letter in text]


words = st.text(alphabet=ALPHABET + ALPHABET.upper(), min_size=1, max_size=5)
names = st.lists(words, min_size=1, max_size=3).map(" ".join)
# Names over few letters share beginnings, where a wrong order hides.
close_names = st.lists(st.text(alphabet="lłŁzźżŻ", min_size=1, max_size=4), min_size=1, max_size=3).map(" ".join)


@given(st.one_of(st.tuples(names, names), st.tuples(close_names, close_names)))
@example(("źź", "ż"))
@example(("la", "ł"))
@example(("ł ż", "łż"))
def test_the_order_of_keys_is_the_order_of_the_alphabet_then_of_case(pair: tuple[str, str]) -> None:
    one, other = pair
    assert (key_bytes(one) < key_bytes(other)) == (reference_order(one) < reference_order(other))
    assert (key_bytes(one) == key_bytes(other)) == (one == other)


codes = st.lists(st.integers(0, 10**6), min_size=1, max_size=4)


@given(codes, codes)
@example([7, 2, 2], [7, 2, 10])
def test_codes_sort_by_the_numbers_in_them(one: list[int], other: list[int]) -> None:
    def key(code: list[int]) -> bytes:
        return key_bytes(".".join(str(part) for part in code))

    assert (key(one) < key(other)) == (one < other)


@given(st.text())
def test_every_text_has_keys_that_a_database_can_store(text: str) -> None:
    for key in (polish_sort_key(text), search_key(text)):
        assert not any(ord(letter) < 32 for letter in key)
        assert key.encode().decode() == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Łabiszyn", "labiszyn"),
        ("ZAŻÓŁĆ GĘŚLĄ JAŹŃ", "zazolc gesla jazn"),
        ("  Nowa\u00a0Wieś ", "nowa wies"),
        ("Z\u0307nin", "znin"),
        ("Müller", "muller"),
    ],
)
def test_a_search_key(text: str, key: str) -> None:
    assert search_key(text) == key


@given(st.text(alphabet=st.characters(max_codepoint=0x24F)))
def test_a_search_key_is_its_own_search_key(text: str) -> None:
    key = search_key(text)
    assert search_key(key) == key
    assert not any(letter in key for letter in "ąćęłńóśźż")
