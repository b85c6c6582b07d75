-- A store that left and is connected again brings its people back; what was asked for before it left does not.
SET LOCAL ROLE nightshift_owner;

CREATE TABLE ops.erased_store (
    source text NOT NULL,
    account text NOT NULL,
    epoch bigint NOT NULL,
    PRIMARY KEY (source, account)
);
COMMENT ON TABLE ops.erased_store IS 'Stores whose people were erased: what was asked for before tells of them, and is not loaded';
COMMENT ON COLUMN ops.erased_store.epoch IS 'Taken when no load could commit; an extraction with a smaller one was asked for before';

REVOKE ALL ON ops.erased_store FROM nightshift_transformer, nightshift_publisher, nightshift_activation;
GRANT SELECT ON ops.erased_store TO nightshift_loader;
GRANT SELECT, INSERT, UPDATE ON ops.erased_store TO nightshift_privacy;
GRANT USAGE ON SEQUENCE ops.epoch TO nightshift_privacy;
