"""What a night should look like: one module per gate. Imported only inside the build's task (GX is slow to import)."""
