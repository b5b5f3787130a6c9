"""PESEL numbers are found however people write them, and no longer number is taken for one."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.support.builders.personal_numbers import made_up_pesel, spellings

from miernik_shared.external_ids import ExternalId, merge_external_ids
from miernik_shared.uploads.personal_numbers import find_personal_numbers
from miernik_shared.values.as_of import WARSAW
from miernik_shared.values.personal_numbers import (
    holds_digits_of_personal_number,
    holds_personal_number,
    is_personal_number,
    mask_personal_numbers,
    redact_personal_numbers,
)

CENTURIES = {19: 0, 20: 20}
TODAY = datetime.now(WARSAW).date()
BLANKS = (" ", "  ", "\u00a0", " \u00a0", "\u202f", "\t", "\n")
SIGNS = (".", "/", "-", "\u2011", "–", " - ", ". ")
AROUND = st.sampled_from(["", " ", "Jan ", "PESEL", "PESEL: ", "UDA ", "(", ")", ", ", ". ", "; ur. ", ":", " lat"])


def in_groups(number: str, *sizes: int) -> list[str]:
    ends = [sum(sizes[: place + 1]) for place in range(len(sizes))]
    return [number[end - size : end] for size, end in zip(sizes, ends, strict=True)]


@st.composite
def numbers(draw: st.DrawFn) -> str:
    day, serial = draw(st.dates(date(1900, 1, 1), TODAY)), draw(st.integers(0, 9999))
    month = day.month + CENTURIES[day.year // 100]
    return made_up_pesel(f"{day.year % 100:02}{month:02}{day.day:02}", f"{serial:04}")


@st.composite
def spelt(draw: st.DrawFn) -> str:
    """A number in one of the ways in which people and spreadsheets write it."""
    number = draw(numbers())
    sign = st.sampled_from([*BLANKS, *SIGNS])
    dated = in_groups(number, *draw(st.sampled_from([(6, 5), (2, 2, 2, 5)])))
    by_date = "".join(group + draw(sign) for group in dated[:-1]) + dated[-1]
    threes = in_groups(number, *draw(st.sampled_from([(2, 3, 3, 3), (3, 3, 3, 2)])))
    by_threes = draw(st.sampled_from([*".,'/-"])).join(threes)
    sizes = draw(st.lists(st.integers(1, 6), min_size=11, max_size=11))
    by_blanks = draw(st.sampled_from(BLANKS)).join(filter(None, in_groups(number, *shortened(sizes))))
    decimals = draw(st.sampled_from([",00", ".0"]))
    return draw(st.sampled_from([number, by_date, by_threes, by_blanks, number + decimals, by_threes + decimals]))


def shortened(sizes: list[int]) -> list[int]:
    """Eleven in all."""
    return [min(size, max(0, 11 - sum(sizes[:place]))) for place, size in enumerate(sizes)]


@given(before=AROUND, number=spelt(), after=AROUND)
def test_every_spelling_is_found_in_a_text_and_in_a_table(before: str, number: str, after: str) -> None:
    text = f"{before}{number}{after}"

    assert holds_personal_number(text)
    assert find_personal_numbers(pl.Series([None, text, "7.1"])).to_list() == [False, True, False]


@pytest.mark.parametrize("spelling", spellings("0" * 11))
def test_number_of_any_spelling_is_found_and_masked(spelling: str) -> None:
    for number in (made_up_pesel(), made_up_pesel("440514", "0135"), made_up_pesel("122801", "4321")):
        text = spellings(number)[spelling]

        assert holds_personal_number(text)
        assert find_personal_numbers(pl.Series([None, text, "7.1"])).to_list() == [False, True, False]
        assert number not in "".join(filter(str.isdigit, mask_personal_numbers(f"Ż. {text}, 7")))


def test_number_of_anybody_born_from_1900_until_today_is_found() -> None:
    days = (TODAY - date(1900, 1, 1)).days + 1
    births = [date(1900, 1, 1) + timedelta(days=number) for number in range(days)]
    numbers = [
        made_up_pesel(
            f"{day.year % 100:02}{day.month + CENTURIES[day.year // 100]:02}{day.day:02}", f"{place % 9973:04}"
        )
        for place, day in enumerate(births)
    ]

    assert all(map(is_personal_number, numbers))
    assert find_personal_numbers(pl.Series(numbers)).all()


@pytest.mark.parametrize("months", [40, 60, 80], ids=["born in 21xx", "in 22xx", "in 18xx"])
def test_number_of_nobody_alive_is_none(months: int) -> None:
    assert not is_personal_number(made_up_pesel(f"48{months + 1:02}12"))
    tomorrow = TODAY + timedelta(days=2)
    assert not is_personal_number(made_up_pesel(f"{tomorrow:%y}{tomorrow.month + 20}{tomorrow:%d}"))


TELEPHONES = (
    "+48 {} {} {}",
    "48{}{}{}",
    "0048{}{}{}",
    "tel. 48 {} {} {}",
    "+48{}{}{}",
    "(+48) {}-{}-{}",
    "48 {}-{}-{}",
)


@pytest.mark.parametrize("prefix", ["50", "51", "66", "69", "72", "88", "45", "53", "57", "60", "73", "78", "79", "22"])
def test_telephone_number_is_none(prefix: str) -> None:
    """A PESEL of its first six digits would be that of nobody alive, so that its other digits do not matter."""
    numbers = [
        made_up_pesel(f"48{prefix}{day:02}", f"{serial:04}")[2:] for day in range(100) for serial in range(0, 10**4, 97)
    ]
    texts = [text.format(one[:3], one[3:6], one[6:]) for one in numbers for text in TELEPHONES[:4]]

    assert not find_personal_numbers(pl.Series(texts)).any()


def test_telephone_number_of_krakow_is_none_with_its_sign() -> None:
    number = made_up_pesel("481231")[2:]
    texts = [
        text.format(number[:3], number[3:6], number[6:]) for text in ("+48 {} {} {}", "0048{}{}{}", "tel. 48{}{}{}")
    ]

    assert not any(map(holds_personal_number, [*texts, f"+48 12 {number[2:5]} {number[5:7]} {number[7:]}"]))
    assert holds_personal_number(f"48{number}")


@pytest.mark.parametrize("text", ["{}", "0{}f00", "ab{}cd", "00-{:0>32}-00f067aa0ba902b7-01", "00{}"])
def test_digits_of_a_number_inside_an_identifier_are_found(text: str) -> None:
    assert holds_digits_of_personal_number(text.format(made_up_pesel()))
    assert not holds_digits_of_personal_number(text.format("12345678901"))


@pytest.mark.parametrize(
    "written",
    ["Jan {0}  {1}", "Jan {2} {3} {4} {1}", "UDA {0}/{1}", "PESEL {0}{1}", "poz. 3 {0} {1}", "nr 7, {0}-{1}. 12 osób"],
)
def test_personal_number_among_other_text_is_found(written: str) -> None:
    number = made_up_pesel()
    assert holds_personal_number(written.format(number[:6], number[6:], *in_groups(number, 2, 2, 2)))


@pytest.mark.parametrize("written", ["nr 3 {}", "12 {} i dalej", "3. {}", "2011 {}; 2012"])
@given(number=numbers())
def test_grouped_as_thousands_it_is_found_after_another_number(number: str, written: str) -> None:
    assert holds_personal_number(written.format(" ".join(in_groups(number, 2, 3, 3, 3))))


@given(number=numbers())
def test_a_wrong_check_digit_or_day_makes_another_number(number: str) -> None:
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    for other in (wrong, made_up_pesel(number[:4] + "32", number[6:10])):
        assert not holds_personal_number(other)
        assert not holds_personal_number(f"Jan {other[:6]} {other[6:]}")


@given(
    number=numbers(),
    before=st.from_regex(r"[0-9]{0,3}", fullmatch=True),
    after=st.from_regex(r"[0-9]{0,15}", fullmatch=True),
)
def test_a_part_of_a_longer_number_is_none(number: str, before: str, after: str) -> None:
    longer = before + number + after
    in_fours = longer[:2] + "".join(f" {longer[start : start + 4]}" for start in range(2, len(longer), 4))
    if before or after:
        assert not holds_personal_number(f"konto {longer}, REGON {longer}")
    if len(longer) > 12:
        assert not holds_personal_number(f"konto PL {in_fours}")


@pytest.mark.parametrize(
    ("sizes", "written"),
    [
        ((2, 2, 2, 2, 3), "UDA-POKL.{}.{}.{}-{}-{}/11"),
        ((2, 2, 2, 2, 3), "WND-POKL.{}.{}.{}-{}-{}"),
        ((1, 1, 1, 1, 7), "{}/{}.{}.{}/POKL/{}"),
        ((3, 3, 3, 2), "{} {} {},{} zł"),
        ((3, 3, 3, 2), "{}.{}.{},{}"),
        ((3, 3, 3, 2), "{} {} {}.{}"),
        ((2, 3, 3, 3), "{} {} {} {},71"),
        ((3, 3, 3, 2), "1 {} {} {} {}"),
        ((3, 3, 3, 2), "4 868 {},71 {} {},{}"),
        ((3, 3, 2, 2, 1), "NIP {}-{}-{}-{} {}"),
        ((3, 3, 2, 2, 1), "NIP {}-{}-{}-{}, {} osoba"),
        ((10, 1), "NIP {} {}"),
        ((9, 2), "REGON {} {}"),
        ((6, 5), "1/{}/{}"),
        ((6, 5), "{}/{}/2011"),
        ((2, 2, 2, 5), "{}.{}.{} {},50 zł"),
        ((1, 2, 4, 2, 2), "{}.{}.{} {}.{}.2011"),
        ((4, 2, 2, 3), "{}-{}-{} {}"),
    ],
)
@given(number=numbers())
def test_other_numbers_of_the_same_digits_are_none(number: str, sizes: tuple[int, ...], written: str) -> None:
    text = written.format(*in_groups(number, *sizes))

    assert not holds_personal_number(text)
    assert find_personal_numbers(pl.Series([text])).to_list() == [False]


@pytest.mark.parametrize(
    "text",
    [
        "UDA-POKL.07.02.01-04-001/11", "1/7.2.2/POKL/2011", "168/A/NBP/2011", "OPS-040201", "0402011",
        "2009-H1..2011-H2", "NIP 856-734-62-15", "NIP 856-734-62-15 2011", "REGON 192598184", "REGON 19259818400028",
        "KRS 0000123456", "61 1090 1014 0000 0712 1981 2874", "PL61109010140000071219812874",
        "87-100 Toruń, tel. 56 621 87 00", "4 868 206,71", "4 868 206,71 12 345,00",
        "76 418 210,18 zł, 31 102 640,21 zł", "31.08.2011 30.09.2011", "2011-08-31/2011-09-30",
        "2011-08-31 2011-09-26 12:00:00", "2011-08-31T12:00:00.123456+02:00", "",
    ],
)  # fmt: skip
def test_amounts_and_numbers_of_documents_are_no_personal_numbers(text: str) -> None:
    assert not holds_personal_number(text)
    assert find_personal_numbers(pl.Series([text])).to_list() == [False]


@given(number=numbers())
def test_digits_of_a_number_that_a_program_made_are_none(number: str) -> None:
    for made in (f"0192f3a4-0000-7000-8000-a{number}", f"0192F3A4-0000-7000-8000-{number}F", f"{'0a' * 16}b{number}c"):
        assert not holds_personal_number(f"lsi:{made}")
        assert holds_personal_number(f"lsi:{made} {number}")


SIGNS_OF_ALL_KINDS = st.sampled_from(
    [*" .,/-_:;|'\"=+()aEe0", "\u00a0", "\u200b", "\ufe0f", "\x00", "\n", "٠", "½", "…", "ż"]
)


@given(text=st.text("0123456789 .,/-\u00a0a", max_size=40))
def test_a_table_is_searched_as_a_text_is(text: str) -> None:
    assert find_personal_numbers(pl.Series([text])).to_list() == [holds_personal_number(text)]


@given(number=numbers(), signs=st.lists(st.just("") | SIGNS_OF_ALL_KINDS | st.characters(), min_size=12, max_size=12))
def test_a_table_is_searched_as_a_text_with_any_signs_between(number: str, signs: list[str]) -> None:
    text = signs[-1] + "".join(digit + sign for digit, sign in zip(number, signs, strict=False))

    assume(all(ord(sign) < 0xD800 or ord(sign) > 0xDFFF for sign in text))
    assert find_personal_numbers(pl.Series([text])).to_list() == [holds_personal_number(text)]


@pytest.mark.parametrize(
    ("sizes", "written", "told"),
    [
        ((11,), "/v1/agreements/by-external-id/x/{}", "/v1/agreements/by-external-id/x/…"),
        ((11,), "/v1/agreements/by-external-id/PESEL {}/1", "/v1/agreements/by-external-id/…/1"),
        ((6, 5), "/v1/agreements/by-external-id/{}/{}", "/v1/agreements/by-external-id/…/…"),
        ((6, 5), "/v1/agreements/by-external-id/5/{}/{}", "/v1/agreements/by-external-id/5/…/…"),
        ((6, 5), "/v1/agreements/by-external-id/5/{} {}", "/v1/agreements/by-external-id/5/…"),
        ((6, 5), "/v1/agreements/by-external-id/5/{}/-/{}", "/v1/agreements/by-external-id/5/…/-/…"),
        ((2, 2, 2, 5), "/1/{}//{}//{}//{}/versions", "/1/…//…//…//…/versions"),
        ((10, 1), "/v1/agreements/by-external-id/{}/{}", "/v1/agreements/by-external-id/{}/{}"),
    ],
)
def test_a_path_is_told_without_its_parts_that_hold_one(sizes: tuple[int, ...], written: str, told: str) -> None:
    groups = in_groups(made_up_pesel(), *sizes)
    assert redact_personal_numbers(written.format(*groups)) == told.format(*groups)


@given(path=st.text("0123456789/ a", max_size=40))
def test_redacted_path_holds_no_personal_number(path: str) -> None:
    assert not holds_personal_number(redact_personal_numbers(path))


@given(number=numbers(), signs=st.lists(st.sampled_from(["", "", "/", "/", "//", "-", "…/", "/1/", "a"]), min_size=12))
def test_redacted_path_of_a_number_in_any_segments_holds_none(number: str, signs: list[str]) -> None:
    path = signs[-1] + "".join(digit + sign for digit, sign in zip(number, signs, strict=False))

    assert not holds_personal_number(redact_personal_numbers(path))


def test_an_external_id_that_was_taken_before_stays_readable() -> None:
    before = ExternalId.model_construct(system="lsi", value=made_up_pesel())
    assert merge_external_ids([before], [ExternalId(system="lsi", value="1")])[1] == before
