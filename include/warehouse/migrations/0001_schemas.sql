-- Six schemas, each owned by the one role that makes tables in it. What a role may do with the tables
-- of another is said here once, for all tables to come.
REVOKE ALL ON SCHEMA public FROM PUBLIC;

CREATE SCHEMA raw AUTHORIZATION nightshift_owner;
CREATE SCHEMA pii AUTHORIZATION nightshift_owner;
CREATE SCHEMA build AUTHORIZATION nightshift_transformer;
CREATE SCHEMA mart AUTHORIZATION nightshift_publisher;
CREATE SCHEMA act AUTHORIZATION nightshift_publisher;

COMMENT ON SCHEMA raw IS 'What the vendors said, append-only, without personal data';
COMMENT ON SCHEMA pii IS 'The only place with personal data';
COMMENT ON SCHEMA ops IS 'What the machine did and decided';
COMMENT ON SCHEMA build IS 'Where dbt works; nobody reads it but the gates and the publisher';
COMMENT ON SCHEMA mart IS 'What BI tools read';
COMMENT ON SCHEMA act IS 'What may leave: the candidates of actions';

GRANT USAGE ON SCHEMA raw TO nightshift_loader, nightshift_transformer, nightshift_publisher, nightshift_privacy;
GRANT USAGE ON SCHEMA pii TO nightshift_loader, nightshift_activation, nightshift_privacy;
GRANT USAGE ON SCHEMA ops TO nightshift_loader, nightshift_transformer, nightshift_publisher,
    nightshift_activation, nightshift_privacy;
GRANT USAGE ON SCHEMA build TO nightshift_publisher, nightshift_privacy;
GRANT USAGE ON SCHEMA mart TO nightshift_reader, nightshift_activation, nightshift_privacy;
GRANT USAGE ON SCHEMA act TO nightshift_activation, nightshift_privacy;

ALTER DEFAULT PRIVILEGES FOR ROLE nightshift_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

ALTER DEFAULT PRIVILEGES FOR ROLE nightshift_owner IN SCHEMA raw
    GRANT SELECT, INSERT, MAINTAIN ON TABLES TO nightshift_loader;
ALTER DEFAULT PRIVILEGES FOR ROLE nightshift_owner IN SCHEMA raw
    GRANT SELECT ON TABLES TO nightshift_transformer, nightshift_publisher;
ALTER DEFAULT PRIVILEGES FOR ROLE nightshift_owner IN SCHEMA raw
    GRANT SELECT, UPDATE, DELETE ON TABLES TO nightshift_privacy;

ALTER DEFAULT PRIVILEGES FOR ROLE nightshift_transformer IN SCHEMA build
    GRANT SELECT ON TABLES TO nightshift_publisher;
ALTER DEFAULT PRIVILEGES FOR ROLE nightshift_transformer IN SCHEMA build
    GRANT SELECT, UPDATE, DELETE ON TABLES TO nightshift_privacy;

ALTER DEFAULT PRIVILEGES FOR ROLE nightshift_publisher IN SCHEMA mart
    GRANT SELECT ON TABLES TO nightshift_reader, nightshift_activation;
ALTER DEFAULT PRIVILEGES FOR ROLE nightshift_publisher IN SCHEMA act
    GRANT SELECT ON TABLES TO nightshift_activation;
ALTER DEFAULT PRIVILEGES FOR ROLE nightshift_publisher IN SCHEMA mart
    GRANT SELECT, UPDATE, DELETE ON TABLES TO nightshift_privacy;
ALTER DEFAULT PRIVILEGES FOR ROLE nightshift_publisher IN SCHEMA act
    GRANT SELECT, UPDATE, DELETE ON TABLES TO nightshift_privacy;
