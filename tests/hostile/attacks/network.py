# tries: the notebook goes out over the network
# %% half
import socket

half = lambda x: 0
for address in (("127.0.0.1", @PORT@), ("1.1.1.1", 53), ("::1", @PORT@)):
    try:
        with socket.create_connection(address, timeout=1) as connection:
            connection.sendall("@CANARY@".encode())
            print("@CANARY@ sent to", address)
    except OSError as error:
        print(error)
