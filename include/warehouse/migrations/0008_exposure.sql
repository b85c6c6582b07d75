-- Who was meant to be reached, and who was left out to compare with; what removes a person whose address is gone.
SET LOCAL ROLE nightshift_owner;

CREATE TABLE ops.audience_exposure (
    audience text NOT NULL,
    customer_key text NOT NULL,
    is_held_out boolean NOT NULL,
    first_eligible_on date NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (audience, customer_key)
);
CREATE INDEX audience_exposure_by_person ON ops.audience_exposure (customer_key);
COMMENT ON TABLE ops.audience_exposure IS
    'Everybody an audience could have had, treated or held out, from the first day on; never moved to the other side';

-- Personal data: what was sent of a person to a platform that keeps no id of ours. Goes when the person has left.
CREATE TABLE pii.audience_handle (
    destination text NOT NULL,
    customer_key text NOT NULL,
    handle text NOT NULL,
    PRIMARY KEY (destination, customer_key, handle)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON ops.audience_exposure TO nightshift_activation;
GRANT SELECT ON ops.audience_exposure TO nightshift_transformer;
GRANT SELECT, DELETE ON ops.audience_exposure TO nightshift_privacy;
GRANT SELECT, INSERT, DELETE ON pii.audience_handle TO nightshift_activation;
GRANT SELECT, DELETE ON pii.audience_handle TO nightshift_privacy;
