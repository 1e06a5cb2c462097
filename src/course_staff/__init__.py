"""What instructors and maintainers run: lessons made, submissions graded, promises proven. Students do not get it."""
