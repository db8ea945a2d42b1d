"""The compiled loops of the call auction; nothing else knows of the compiler."""
