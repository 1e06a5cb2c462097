"""Lesson 08: its build context, its recorded images, its figures and tables, and what its tests expect of an image."""

from course_utils.lessons.docker_images.checks import (
    check_from_python,
    check_list,
    check_order,
    check_service,
    check_settings_below,
    installed,
    text_of,
)
from course_utils.lessons.docker_images.drawing import (
    draw_build_times,
    draw_heaviest,
    draw_layers,
    draw_running,
    draw_sizes,
)
from course_utils.lessons.docker_images.fixtures import (
    cluttered,
    drawn_image,
    four_images,
    rows_of,
    shared_layers,
    texts_of,
    with_keys,
)
from course_utils.lessons.docker_images.given import CONTEXT, DICTIONARY, MB, SERVICE, SETTINGS, START, UNNEEDED
from course_utils.lessons.docker_images.health_checks import check_health
from course_utils.lessons.docker_images.lean_checks import (
    check_found,
    check_no_tools,
    check_packages,
    check_user,
)
from course_utils.lessons.docker_images.live import built_for_real, lint
from course_utils.lessons.docker_images.records import recorded, sizes
from course_utils.lessons.docker_images.showing import (
    show_cuda,
    show_engines,
    show_ignored,
    show_layers,
    show_lean,
    show_ratios,
    show_rebuilt,
    show_services,
    show_shared,
    show_steps,
)
from course_utils.lessons.docker_images.slips import (
    HEAVIEST_SLIPS,
    argument_slips,
    file_slips,
    release_slips,
    stage_slips,
)

__all__ = [
    "CONTEXT",
    "DICTIONARY",
    "HEAVIEST_SLIPS",
    "MB",
    "SERVICE",
    "SETTINGS",
    "START",
    "UNNEEDED",
    "argument_slips",
    "built_for_real",
    "check_found",
    "check_from_python",
    "check_health",
    "check_list",
    "check_no_tools",
    "check_order",
    "check_packages",
    "check_service",
    "check_settings_below",
    "check_user",
    "cluttered",
    "draw_build_times",
    "draw_heaviest",
    "draw_layers",
    "draw_running",
    "draw_sizes",
    "drawn_image",
    "file_slips",
    "four_images",
    "installed",
    "lint",
    "recorded",
    "release_slips",
    "rows_of",
    "shared_layers",
    "show_cuda",
    "show_engines",
    "show_ignored",
    "show_layers",
    "show_lean",
    "show_ratios",
    "show_rebuilt",
    "show_services",
    "show_shared",
    "show_steps",
    "sizes",
    "stage_slips",
    "text_of",
    "texts_of",
    "with_keys",
]
