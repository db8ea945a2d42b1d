"""What a probe and its responder say to each other, over TCP.

A connection begins with `MAGIC`, from the prober. Then come requests of five bytes, a kind and a
length (big-endian): `E`, and so many bytes follow that are sent back; `D`, so many bytes are
answered; `U`, so many bytes follow, and their count is answered in eight bytes. Nothing else is
answered: the connection ends.
"""

import struct

MAGIC = b"GHPROBE1"
ECHO, DOWN, UP = b"E", b"D", b"U"
HEAD = struct.Struct("!cI")
COUNT = struct.Struct("!Q")
MOST_ECHO_BYTES = 64
MOST_BYTES = 64 << 20
PIECE_BYTES = 64 << 10
