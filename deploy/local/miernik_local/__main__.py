"""`python -m miernik_local`: the command `miernik`."""

from miernik_local.start import main

main()
