"""Where a student's cells run: bubblewrap, a container, or, only by name, a plain kernel."""
