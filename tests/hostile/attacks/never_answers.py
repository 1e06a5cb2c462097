# tries: an answer that comes byte by byte, each in time
# %% half
import os
import struct
import time


def half(x):
    while True:
        try:
            for byte in struct.pack("!Q", 100_000):
                time.sleep(2)
                os.write(3, bytes([byte]))
            while True:
                time.sleep(2)
                os.write(3, b"x")
        except KeyboardInterrupt:
            pass
