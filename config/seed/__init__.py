"""The national market's own tables: places, chips, sample centres, reference prices."""
