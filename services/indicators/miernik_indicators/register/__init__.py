"""The territorial register: voivodeships, powiaty and gminy of TERYT with their dates."""
