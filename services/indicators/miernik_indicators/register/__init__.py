"""Territorial register: voivodeships, powiaty and gminy of TERYT with their validity."""
