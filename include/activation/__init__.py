"""From marts to actions: what should be true outside, told once, and kept account of."""
