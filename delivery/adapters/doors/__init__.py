"""Ways into a running job: a relay inside, a wire outside, HTTP over it."""
