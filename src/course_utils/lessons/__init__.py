"""What each lesson draws with, checks with and is given: a file for each, named after it; no answers.

``working`` and ``standing_in`` serve several.
"""
