"""Pages for regulators, and the public record of each centre."""
