"""The contenders of the benchmark of loading: one program each, all doing the same work and told the same way to start."""
