"""What people do here beside sending: redraw a zone."""

from birlik.domains.transport.events import GEOFENCE
from birlik.kernel.tending import edit_of

ACTS = (
    edit_of(
        GEOFENCE,
        name="transport_geofence_redraw",
        title="Redraw",
        description="Draw a zone anew: a circle, or a polygon, which wins. All that follows from it is made again.",
        fields=("radius_m", "polygon_wkt", "source", "basis"),
        texts=("polygon_wkt",),
    ),
)
