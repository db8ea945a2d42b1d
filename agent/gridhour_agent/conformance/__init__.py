"""What every platform that serves agents must do, as checks that a program can run."""
