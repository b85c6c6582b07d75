-- The ledger and outbox of actions. No personal data: people are customer keys.
SET LOCAL ROLE nightshift_owner;

CREATE TABLE ops.action (
    action_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    action_key text NOT NULL,
    cycle int NOT NULL DEFAULT 1,
    status text NOT NULL DEFAULT 'proposed'
        CHECK (status IN ('proposed', 'sending', 'confirmed', 'failed', 'cancelled')),
    destination text NOT NULL,
    mode text NOT NULL CHECK (mode IN ('observe', 'propose', 'act')),
    payload jsonb NOT NULL,
    payload_hash text NOT NULL,
    consent jsonb,
    receipt jsonb,
    possibly_repeated boolean NOT NULL DEFAULT false,
    as_of_day date NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    confirmed_at timestamptz,
    attempts int NOT NULL DEFAULT 0,
    last_error text,
    UNIQUE (kind, destination, action_key)
);
CREATE INDEX action_by_status ON ops.action (status, kind);

CREATE TABLE ops.restock_cycle (
    cycle_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    need_key text NOT NULL,
    opened_on date NOT NULL,
    closed_on date,
    state text NOT NULL CHECK (state IN ('open', 'awaiting_approval', 'closed')),
    po_key text,
    CHECK ((state = 'closed') = (closed_on IS NOT NULL))
);
CREATE UNIQUE INDEX restock_cycle_one_open ON ops.restock_cycle (need_key) WHERE state <> 'closed';
COMMENT ON COLUMN ops.restock_cycle.need_key IS 'sku|location';

CREATE TABLE ops.audience_member (
    audience text NOT NULL,
    destination text NOT NULL,
    customer_key text NOT NULL,
    desired boolean NOT NULL,
    confirmed boolean NOT NULL DEFAULT false,
    desired_at timestamptz NOT NULL DEFAULT now(),
    confirmed_at timestamptz,
    payload_hash text,
    PRIMARY KEY (audience, destination, customer_key)
);

CREATE TABLE ops.action_feedback (
    feedback_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action_id bigint REFERENCES ops.action,
    need_key text,
    verdict text NOT NULL CHECK (verdict IN ('accepted', 'edited', 'snoozed', 'dismissed')),
    reason text,
    until date,
    details jsonb,
    said_by text,
    at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE ops.audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL DEFAULT session_user,
    action text NOT NULL,
    object text,
    rows bigint,
    run_id text,
    details jsonb
);
CREATE FUNCTION ops.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is written once';
END $$;
CREATE TRIGGER audit_is_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON ops.audit
    FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();

GRANT SELECT, INSERT, UPDATE ON ops.action, ops.restock_cycle, ops.audience_member, ops.action_feedback
    TO nightshift_activation;
GRANT DELETE ON ops.audience_member TO nightshift_activation;
GRANT SELECT, UPDATE, DELETE ON ops.audience_member TO nightshift_privacy;
GRANT SELECT, UPDATE ON ops.action TO nightshift_privacy;
GRANT SELECT ON ops.action, ops.restock_cycle, ops.action_feedback TO nightshift_transformer;
GRANT INSERT ON ops.audit TO nightshift_loader, nightshift_publisher, nightshift_activation, nightshift_privacy;
GRANT SELECT ON ops.audit TO nightshift_privacy;
