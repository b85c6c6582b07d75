-- What Postgres lets everybody do unless told otherwise. A BI tool's login could take the locks that builds, loads and
-- senders hold on to, and stop the night without reading a row; it could fill the disk with large objects or the log.
DO $$
DECLARE
    power regprocedure;
BEGIN
    FOR power IN
        SELECT oid::regprocedure FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace
          AND (proname ~ '^pg_(try_)?advisory_' OR proname ~ '^lo_(creat|create|from_bytea)$'
               OR proname = 'pg_logical_emit_message')
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', power);
        IF power::text LIKE 'pg_%advisory_%' THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO nightshift_loader, nightshift_publisher,'
                ' nightshift_activation, nightshift_privacy', power);
        END IF;
    END LOOP;
END $$;

REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
GRANT USAGE ON LANGUAGE plpgsql TO nightshift_owner, nightshift_transformer;

-- Of functions made by whoever makes things, now and later.
ALTER DEFAULT PRIVILEGES FOR ROLE nightshift_transformer REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE nightshift_publisher REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Who writes to the trail says what was done; who did it and when is for the database to say.
REVOKE INSERT ON ops.audit FROM nightshift_loader, nightshift_publisher, nightshift_activation, nightshift_privacy;
GRANT INSERT (action, object, rows, run_id, details) ON ops.audit
    TO nightshift_loader, nightshift_publisher, nightshift_activation, nightshift_privacy;

-- Rights that nothing uses. The publisher looks at what was loaded, not into payloads; erasure takes people out of
-- payloads and observations, and rewrites no log; what people said of an action is only ever added to.
ALTER DEFAULT PRIVILEGES FOR ROLE nightshift_owner IN SCHEMA raw REVOKE SELECT ON TABLES FROM nightshift_publisher;
REVOKE SELECT ON ALL TABLES IN SCHEMA raw FROM nightshift_publisher;
GRANT SELECT ON raw.load_log, raw.observation, raw.quarantine, raw.drift TO nightshift_publisher;
REVOKE UPDATE, DELETE ON raw.load_log, raw.drift FROM nightshift_privacy;
REVOKE UPDATE ON raw.observation FROM nightshift_privacy;
REVOKE INSERT ON ops.gate_result FROM nightshift_loader, nightshift_transformer;
REVOKE UPDATE ON ops.action_feedback FROM nightshift_activation;
