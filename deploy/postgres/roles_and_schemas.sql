-- Roles and schemas of the four services. Run it as a superuser inside the target database; running it again changes
-- nothing that is already right.
--
-- Passwords are read from the session settings `miernik.<service>_owner_password` and `miernik.<service>_app_password`,
-- so that one file serves `psql` with PGOPTIONS (init.sh) and the local launcher. A role that does not exist yet needs
-- its setting; a role that exists keeps its password where the setting is absent.
--
-- Each service has two roles: `<service>_owner` owns the schema and migrates it, `<service>_app` runs the service and
-- gets SELECT and INSERT on what the owner makes. UPDATE and DELETE are granted table by table, in migrations: facts
-- are appended, and the database is what says so.

DO $$
DECLARE
    service text;
    part text;
    role_name text;
    role_password text;
BEGIN
    FOREACH service IN ARRAY ARRAY['calls', 'contracts', 'indicators', 'gateway'] LOOP
        FOREACH part IN ARRAY ARRAY['owner', 'app'] LOOP
            role_name := service || '_' || part;
            role_password := nullif(current_setting('miernik.' || role_name || '_password', true), '');

            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
                IF role_password IS NULL THEN
                    RAISE EXCEPTION 'role % is missing and the setting miernik.%_password is not given',
                        role_name, role_name;
                END IF;
                EXECUTE format('CREATE ROLE %I LOGIN', role_name);
            END IF;

            IF role_password IS NOT NULL THEN
                EXECUTE format('ALTER ROLE %I PASSWORD %L', role_name, role_password);
            END IF;
            EXECUTE format('ALTER ROLE %I SET search_path = %I', role_name, service);
        END LOOP;
    END LOOP;
END
$$;

-- What PostgreSQL grants to everyone by default is taken back: a service reaches what it was given and nothing else.
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
END
$$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

DO $$
DECLARE
    service text;
    owner_role text;
    app_role text;
BEGIN
    FOREACH service IN ARRAY ARRAY['calls', 'contracts', 'indicators', 'gateway'] LOOP
        owner_role := service || '_owner';
        app_role := service || '_app';

        -- TEMPORARY: bulk rows are copied into a temporary table first, since COPY refuses row-level security.
        EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I, %I', current_database(), owner_role, app_role);

        IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = service) THEN
            EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', service, owner_role);
        END IF;
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', service, app_role);
        EXECUTE format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT SELECT, INSERT ON TABLES TO %I',
            owner_role, service, app_role);
        EXECUTE format(
            'ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT USAGE ON SEQUENCES TO %I',
            owner_role, service, app_role);
    END LOOP;
END
$$;
