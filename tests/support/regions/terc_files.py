"""Short files of the official register, made in code."""

from __future__ import annotations

from dataclasses import dataclass, replace

KIND_NAMES = {"1": "gmina miejska", "2": "gmina wiejska", "3": "gmina miejsko-wiejska", "4": "miasto",
              "5": "obszar wiejski"}  # fmt: skip
HEADERS = ("WOJ;POW;GMI;RODZ;NAZWA;NAZWA_DOD;STAN_NA", "WOJ;POW;GMI;RODZ;NAZWA;NAZDOD;STAN_NA")


@dataclass(frozen=True)
class Gmina:
    """A gmina as the file lists it; an urban-rural one brings its town and its rural area along."""

    code: str
    kind: str
    name: str

    def rows(self, day: str) -> list[str]:
        kinds = ("3", "4", "5") if self.kind == "3" else (self.kind,)
        woj, powiat, gmina = self.code[:2], self.code[2:4], self.code[4:]
        return [f"{woj};{powiat};{gmina};{kind};{self.name};{KIND_NAMES[kind]};{day}" for kind in kinds]


GMINY = (
    Gmina("040201", "1", "Brodnica"),
    Gmina("040202", "2", "Bobrowo"),
    Gmina("040203", "3", "Górzno"),
    Gmina("040802", "2", "Bobrowniki"),
    Gmina("041902", "2", "Gąsawa"),
    Gmina("221208", "2", "Słupsk"),
)
"""Two voivodeships; powiaty 0402 (three gminy), 0408, 0419 and 2212."""


def changed(gminy: tuple[Gmina, ...], code: str, **values: str) -> tuple[Gmina, ...]:
    """The same list with one gmina changed."""
    return tuple(replace(gmina, **values) if gmina.code == code else gmina for gmina in gminy)


def without(gminy: tuple[Gmina, ...], code: str) -> tuple[Gmina, ...]:
    return tuple(gmina for gmina in gminy if gmina.code != code)


def terc_file(gminy: tuple[Gmina, ...] = GMINY, day: str = "2011-01-01", header: str = HEADERS[0]) -> bytes:
    """As the statistical office publishes it: `;`, UTF-8 with BOM, CRLF."""
    voivodeships = sorted({gmina.code[:2] for gmina in gminy})
    powiaty = sorted({gmina.code[:4] for gmina in gminy})
    lines = [
        header,
        *(f"{code};;;;WOJEWÓDZTWO {code};województwo;{day}" for code in voivodeships),
        *(f"{code[:2]};{code[2:]};;;powiat {code};powiat;{day}" for code in powiaty),
        *(row for gmina in gminy for row in gmina.rows(day)),
    ]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8-sig")
