"""Forms of a noun after a number."""


def plural_pl(number: int, one: str, few: str, many: str) -> str:
    """Polish form: `1 jednostka`, `2 jednostki`, `22 jednostki`, but `5`, `12` and `21 jednostek`."""
    if number == 1:
        return one
    is_few = 2 <= number % 10 <= 4 and not 12 <= number % 100 <= 14
    return few if is_few else many


def plural_en(number: int, one: str, many: str) -> str:
    """English form: `1 unit`, `0 units`."""
    return one if number == 1 else many
