"""Organisations (wnioskodawcy, beneficjenci, partnerzy) that apply for funds."""
