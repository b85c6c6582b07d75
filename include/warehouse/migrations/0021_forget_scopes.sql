-- A customer who changed is touched under the vendor's own id: whoever is forgotten is forgotten there too.
SET LOCAL ROLE nightshift_owner;
GRANT DELETE ON ops.touched_scope TO nightshift_privacy;
