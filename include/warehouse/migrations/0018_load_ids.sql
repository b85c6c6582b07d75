-- A load is called by its number from its first row on, so that observations can go where they will stay.
GRANT USAGE ON SEQUENCE raw.load_log_load_id_seq TO nightshift_loader;
