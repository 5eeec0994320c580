"""In the peers' own environment: stops of the same fixes by one of them, as JSON. Imports nothing of birlik.

python peers_run.py trackintel|movingpandas FIXES.npz
"""

import json
import sys
import time
import warnings
from collections.abc import Callable
from datetime import timedelta
from typing import Any

warnings.filterwarnings("ignore")

STOP_M, STOP_MIN = 200.0, 5.0
"""Nearer than this for longer than this is a stop, for both."""
GAP_MIN = 24 * 60.0
"""Fixes further apart are no one stay; trackintel's 15 minutes would part nearly all of them."""


def trackintel(fixes: Any) -> Callable[[], int]:
    import trackintel as ti

    positions = fixes.rename(columns={"t": "tracked_at", "object": "user_id"}).set_geometry("geometry")
    found = ti.Positionfixes(positions)

    def stops() -> int:
        _, stays = found.generate_staypoints(
            method="sliding",
            dist_threshold=STOP_M,
            time_threshold=STOP_MIN,
            gap_threshold=GAP_MIN,
            include_last=True,
            exclude_duplicate_pfs=False,
            n_jobs=1,
        )
        return len(stays)

    return stops


def movingpandas(fixes: Any) -> Callable[[], int]:
    import movingpandas as mpd

    moving = mpd.TrajectoryCollection(fixes, traj_id_col="object", t="t")

    def stops() -> int:
        detector = mpd.TrajectoryStopDetector(moving)
        return len(detector.get_stop_time_ranges(max_diameter=STOP_M, min_duration=timedelta(minutes=STOP_MIN)))

    return stops


def main() -> None:
    import geopandas
    import numpy as np
    import pandas as pd

    read = np.load(sys.argv[2])
    fixes = geopandas.GeoDataFrame(
        {"object": read["object"], "t": pd.to_datetime(read["micros"], unit="us", utc=True)},
        geometry=geopandas.points_from_xy(read["longitude"], read["latitude"]),
        crs="EPSG:4326",
    )
    stops = {"trackintel": trackintel, "movingpandas": movingpandas}[sys.argv[1]](fixes)
    started = time.process_time()
    n = stops()
    print(json.dumps({"cpu_s": time.process_time() - started, "fixes": len(fixes), "stops": n}))


if __name__ == "__main__":
    main()
