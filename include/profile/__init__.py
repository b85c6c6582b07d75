"""What a load looks like, and how unlike the loads before it that is.

`measures` turns a load's new records into shares, levels and words per field; `likeness` holds those against the loads
before; `loads` reads and writes them in the warehouse. No check here knows a vendor: a new source is profiled as it is.
"""
