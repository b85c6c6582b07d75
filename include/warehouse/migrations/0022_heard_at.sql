-- A person whose vendor tells no date of change would stay in the vault for ever: they count from when we first heard of them.
SET LOCAL ROLE nightshift_owner;
ALTER TABLE pii.customer ADD COLUMN heard_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN pii.customer.heard_at IS 'When the person came into the vault';
