"""Where actions go: one file per receiver, all of them over `include.clients`."""
