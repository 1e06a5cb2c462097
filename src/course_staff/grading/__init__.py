"""From a folder of submissions to marks in nbgrader's gradebook."""
