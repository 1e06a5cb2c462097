"""What proves a lesson: its rules, its answers, and real grading, one against the other."""
