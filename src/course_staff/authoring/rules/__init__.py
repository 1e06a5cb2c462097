"""What every lesson must keep: small functions, one rule each, that yield a sentence for each breach."""

from __future__ import annotations

from course_staff.authoring.rules import covering, exercises, fairness, frame, page, reading
from course_staff.authoring.rules.draft import Draft, Rule

RULES: tuple[Rule, ...] = (
    frame.begins_with_its_question,
    frame.is_worth_twenty_points,
    frame.closes_with_questions,
    exercises.every_exercise_has_a_box,
    exercises.every_exercise_shows_a_signature,
    exercises.every_test_is_seen_and_hidden,
    covering.every_sentence_is_covered,
    exercises.every_exercise_changes_something,
    exercises.every_exercise_has_answers,
    reading.code_is_short,
    reading.prose_is_short,
    reading.headings_are_questions,
    reading.nothing_is_decorated,
    reading.figures_have_words,
    fairness.tests_ask_no_clock,
    fairness.tests_draw_with_seeds,
    fairness.hidden_tests_draw_afresh,
    fairness.tests_end_in_no_value,
    fairness.release_gives_nothing_away,
    *page.PAGE,
)


def breaches(draft: Draft) -> dict[str, list[str]]:
    """Return, for every rule by name, the sentences that say where the lesson breaks it."""
    return {rule.__name__: list(rule(draft)) for rule in RULES}


__all__ = ["RULES", "Draft", "breaches"]
