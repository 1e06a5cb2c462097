# tries: the limits are lifted again
# %% half
import resource

half = lambda x: 0
for name in dir(resource):
    if name.startswith("RLIMIT_"):
        kind = getattr(resource, name)
        try:
            resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            if name in ("RLIMIT_AS", "RLIMIT_NPROC", "RLIMIT_CPU", "RLIMIT_FSIZE"):
                print("@CANARY@", name)
        except (ValueError, OSError):
            pass
