"""`make bench`: every measurement, one after the other; each is also run alone, at sizes of its own."""

from tests.perf import (
    allocation_scale,
    build_speed,
    clv_fit,
    dashboard_speed,
    identity_scale,
    load_speed,
    purchase_scale,
    score_scale,
    segment_scale,
    simulator_scale,
    voice_speed,
)

MEASUREMENTS = (
    load_speed,
    build_speed,
    clv_fit,
    score_scale,
    segment_scale,
    identity_scale,
    purchase_scale,
    simulator_scale,
    allocation_scale,
    voice_speed,
    dashboard_speed,
)

if __name__ == "__main__":
    for measurement in MEASUREMENTS:
        print(f"\n{measurement.__doc__.splitlines()[0]}\n", flush=True)
        measurement.main()
