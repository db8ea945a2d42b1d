"""The pure call auction: a frozen book in, prices, acceptance and a bound out."""
