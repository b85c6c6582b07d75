-- Refresh tokens that a vendor replaced while they were used: the newest one of each connection, sealed.
SET LOCAL ROLE nightshift_owner;

CREATE TABLE ops.refresh_token (
    connection text PRIMARY KEY,
    given bytea,
    sealed bytea,
    rotated_at timestamptz,
    CHECK ((given IS NULL) = (sealed IS NULL))
);
COMMENT ON TABLE ops.refresh_token IS 'The newest refresh token of a connection whose vendor rotates them; the row is locked while somebody signs in';
COMMENT ON COLUMN ops.refresh_token.given IS 'Keyed hash of the token a person entered: with another one the sealed token counts no more';
COMMENT ON COLUMN ops.refresh_token.sealed IS 'Encrypted with the secret refresh_token';

REVOKE ALL ON ops.refresh_token FROM nightshift_transformer, nightshift_publisher, nightshift_activation, nightshift_privacy;
GRANT SELECT, INSERT, UPDATE ON ops.refresh_token TO nightshift_loader;
