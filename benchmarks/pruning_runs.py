"""Record lesson 10's comparisons for ten seeds: channels cut beside trained from scratch, soft beside hard targets.

It takes some minutes. Accuracies depend on the machine in their last digits, so the file says which one it was.
"""

from __future__ import annotations

from datetime import UTC, datetime

import torch
from tqdm import tqdm

from course_utils.hardware import hardware_line
from course_utils.layout import Course
from course_utils.lessons.pruning_and_distillation import experiments, instead, records

SEEDS = range(10)


def main() -> None:
    torch.set_num_threads(1)
    runs = {"cut": [], "taught": []}
    for seed in tqdm(SEEDS, unit="seed"):
        runs["cut"].append(experiments.cut_channels(seed))
        runs["taught"].append(experiments.teach(seed, instead.distillation_loss.__wrapped__))
    path = Course.find().root / "solutions" / records.LESSON / records.FILE
    when = datetime.now(UTC).date().isoformat()
    records.keep(path, runs, seeds=list(SEEDS), when=when, hardware=hardware_line())
    print(path)


if __name__ == "__main__":
    main()
