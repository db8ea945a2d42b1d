"""The pure call auction: a frozen book in, prices, acceptance and a bound out.

Ask `exchange.clearing.clearing` for `clear`: it brings the compiler with it. Who only reads and
checks books, as the doors do, goes to `reading` and `checking` and stays light.
"""
