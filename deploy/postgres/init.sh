#!/usr/bin/env bash
# Makes Miernik's roles and schemas when the official postgres image starts on an empty volume: mount this file at
# /docker-entrypoint-initdb.d/10-miernik.sh and the SQL file at the path below (not beside it: there the image would
# run it a second time by itself). Against any other server: set PGHOST, PGUSER, PGDATABASE and run it by hand.
#
# Passwords come from MIERNIK_<SERVICE>_OWNER_PASSWORD and MIERNIK_<SERVICE>_APP_PASSWORD. They travel in PGOPTIONS
# and not in psql's arguments, where any user of the machine could read them.

make_roles_and_schemas() {
    local sql_file="${MIERNIK_ROLES_SQL:-/etc/miernik/roles_and_schemas.sql}"
    local options="" service part variable password
    for service in calls contracts indicators gateway; do
        for part in owner app; do
            variable="MIERNIK_${service^^}_${part^^}_PASSWORD"
            password="${!variable:-}"
            if [[ -z "${password}" ]]; then
                echo "${variable} is not set" >&2
                return 1
            fi
            # Within PGOPTIONS a backslash escapes a space and itself.
            password="${password//\\/\\\\}"
            password="${password// /\\ }"
            options+=" -c miernik.${service}_${part}_password=${password}"
        done
    done
    PGOPTIONS="${PGOPTIONS:-}${options}" psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
        --username "${POSTGRES_USER:-${PGUSER:-postgres}}" \
        --dbname "${POSTGRES_DB:-${PGDATABASE:-miernik}}" \
        --file "${sql_file}"
}

# The image sources files without the execute bit into its own shell: a subshell keeps the options out of it.
(
    set -euo pipefail
    make_roles_and_schemas
)
