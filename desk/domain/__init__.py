"""What the desk decides: which idle hours are worth proposing."""
