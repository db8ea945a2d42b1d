"""What all doors share: who acts, how figures, lists and refusals look."""
