"""Names of the voivodeships by their TERYT code, as the act of 24 July 1998 on the division of the state lists them."""

_NAMES = {
    "02": "dolnośląskie",
    "04": "kujawsko-pomorskie",
    "06": "lubelskie",
    "08": "lubuskie",
    "10": "łódzkie",
    "12": "małopolskie",
    "14": "mazowieckie",
    "16": "opolskie",
    "18": "podkarpackie",
    "20": "podlaskie",
    "22": "pomorskie",
    "24": "śląskie",
    "26": "świętokrzyskie",
    "28": "warmińsko-mazurskie",
    "30": "wielkopolskie",
    "32": "zachodniopomorskie",
}


def name_of(code: str) -> str:
    """The name; the code itself where there is no such voivodeship."""
    return _NAMES.get(code, code)
