-- Which orders share the name of a part is known only when the touched ones are taken apart: the build adds them.
SET LOCAL ROLE nightshift_owner;
GRANT INSERT ON ops.touched_scope TO nightshift_transformer;
