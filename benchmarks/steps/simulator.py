"""`kura bench simulator`."""

from __future__ import annotations

import argparse
from dataclasses import replace

from api.progress import progress_display
from benchmarks.accuracy.simulator import measure_likeness, real_names
from benchmarks.datasets import finger_sets
from benchmarks.likeness import comparison_lines, likeness_plots
from benchmarks.publishing import Run, figure_lines, publish
from benchmarks.simulation import NAME, Wanted, prints_folder, simulate_set, time_simulator
from benchmarks.steps.parts import all_files, answer, bench_of, require_writable_json, resolutions
from biometrics.positions import Modality
from biometrics.samples import now_utc
from devices.simulated import PROFILES


def run(arguments: argparse.Namespace) -> int:
    """Compare simulated prints with real ones, and time the simulator."""
    started = now_utc()
    require_writable_json(arguments)
    wanted = Wanted(
        fingers=arguments.fingers,
        impressions=arguments.impressions,
        seed=arguments.seed,
        profile=PROFILES[arguments.profile],
    )
    sets = finger_sets(arguments.data)
    real_names(NAME, sets)  # refuses before any work is done
    with progress_display() as progress:
        simulated, speed = simulate_set(wanted, prints_folder(wanted, arguments.out), progress)
        speed |= time_simulator(wanted)
        likeness = measure_likeness(simulated, sets, bench_of(arguments, Modality.FINGER, progress))
    measured = replace(likeness, figures={**speed, **likeness.figures})
    parameters = {
        "simulated": {"fingers": wanted.fingers, "impressions": wanted.impressions, "seed": wanted.seed},
        "profile": wanted.profile.name,
        "data": resolutions(sets),
        "replicates": arguments.replicates,
    }
    asked = Run(name=arguments.step, started=started, files=all_files((simulated, *sets)), parameters=parameters)
    plots = {} if arguments.out is None else likeness_plots(measured)
    result = publish(measured, asked, arguments.out, plots)
    short = replace(result, figures=speed)
    return answer(arguments, result.document(), [*comparison_lines(measured), *figure_lines(short)])
