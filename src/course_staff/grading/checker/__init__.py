"""The trusted process that runs the test cells, and all that passes between it and the student's process."""
