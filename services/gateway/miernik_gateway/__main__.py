"""Commands ``python -m miernik_gateway migrate | verify-audit | list-doubles | create-client | …``."""

from miernik_gateway.clients.commands import add_client_commands
from miernik_gateway.positions.projection import PROJECTION
from miernik_gateway.tables import tables
from miernik_shared.operations import service_commands

commands = service_commands("gateway", tables.change_log, (PROJECTION,))
add_client_commands(commands)

if __name__ == "__main__":
    commands()
