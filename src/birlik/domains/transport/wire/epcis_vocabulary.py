"""The CBV 2.0 code lists and how a word of them is written: bare, as a CURIE, as a web URI, or as the older URN.

Words and namespaces: GS1 Core Business Vocabulary 2.0, and the measurement types of the GS1 Web Vocabulary.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

CONTEXT_URI = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"

EVENT_TYPES = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent")

PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "cbv": "https://ref.gs1.org/cbv/",
        "cbvmda": "urn:epcglobal:cbv:mda:",
        "epcis": "https://ref.gs1.org/epcis/",
        "gs1": "https://gs1.org/voc/",
    }
)
"""What the EPCIS context itself declares."""


@dataclass(frozen=True, slots=True)
class CodeList:
    """The words of one list, and the namespaces they are written in."""

    title: str
    web: str
    """Precedes the bare word in its web URI."""
    urn: str
    """Precedes the bare word in the URN of CBV 1.x; empty where CBV 1.x had none."""
    words: frozenset[str]

    def web_uri(self, value: str) -> str:
        """The web URI of a bare word of this list, or of its URN; anything else unchanged."""
        if value in self.words:
            return self.web + value
        return self.web + value.removeprefix(self.urn) if self.urn and value.startswith(self.urn) else value

    def bare(self, value: str) -> str:
        """The bare word of a web URI, CURIE or URN of this list; anything else unchanged."""
        uri = expand_curie(value, PREFIXES)
        for start in (self.web, self.urn):
            if start and uri.startswith(start) and (word := uri.removeprefix(start)) in self.words:
                return word
        return value


def expand_curie(value: str, prefixes: Mapping[str, str]) -> str:
    """`cbv:BizStep-shipping` in full where its prefix is one of `prefixes`; anything else unchanged."""
    prefix, colon, rest = value.partition(":")
    return prefixes[prefix] + rest if colon and prefix in prefixes else value


def _list(title: str, web: str, urn: str, words: str) -> CodeList:
    return CodeList(title, web, urn, frozenset(words.split()))


BIZ_STEPS = _list(
    "business steps",
    "https://ref.gs1.org/cbv/BizStep-",
    "urn:epcglobal:cbv:bizstep:",
    """
    accepting arriving assembling collecting commissioning consigning creating_class_instance
    cycle_counting decommissioning departing destroying disassembling dispensing encoding
    entering_exiting holding inspecting installing killing loading other packing picking receiving
    removing repackaging repairing replacing reserving retail_selling sampling sensor_reporting shipping
    staging_outbound stock_taking stocking storing transporting unloading unpacking void_shipping
    """,
)
DISPOSITIONS = _list(
    "dispositions",
    "https://ref.gs1.org/cbv/Disp-",
    "urn:epcglobal:cbv:disp:",
    """
    active available completeness_inferred completeness_verified conformant container_closed
    container_open damaged destroyed dispensed disposed encoded expired in_progress in_transit inactive
    mismatch_class mismatch_instance mismatch_quantity needs_replacement no_pedigree_match
    non_conformant non_sellable_other partially_dispensed recalled reserved retail_sold returned
    sellable_accessible sellable_not_accessible stolen unavailable unknown
    """,
)
TRANSACTION_TYPES = _list(
    "kinds of business transaction",
    "https://ref.gs1.org/cbv/BTT-",
    "urn:epcglobal:cbv:btt:",
    """
    bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt
    """,
)
PARTY_TYPES = _list(
    "kinds of source and destination",
    "https://ref.gs1.org/cbv/SDT-",
    "urn:epcglobal:cbv:sdt:",
    """
    location owning_party possessing_party
    """,
)
ERROR_REASONS = _list(
    "reasons for an error declaration",
    "https://ref.gs1.org/cbv/ER-",
    "urn:epcglobal:cbv:er:",
    """
    did_not_occur incorrect_data
    """,
)
COMPONENTS = _list(
    "components of a vector or position",
    "https://ref.gs1.org/cbv/Comp-",
    "",
    """
    altitude axial_distance azimuth easting elevation_angle height latitude longitude northing
    polar_angle spherical_radius x y z
    """,
)
MEASUREMENTS = _list(
    "kinds of sensor measurement",
    "https://gs1.org/voc/",
    "",
    """
    AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance
    AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area
    Capacitance Conductance Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate
    DynamicViscosity ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy
    Exposure Force Frequency Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum
    Luminance LuminousFlux LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential
    Mass MassConcentration MassFlowRate MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy
    MolarMass MolarVolume Power Pressure RadiantFlux RadiantIntensity Radioactivity RelativeHumidity
    Resistance Resistivity SolidAngle SpecificVolume Speed SurfaceDensity SurfaceTension Temperature
    Time Torque Voltage Volume VolumeFlowRate VolumeFraction VolumetricFlux Wavenumber
    """,
)
SENSOR_ALERTS = _list(
    "kinds of sensor alert",
    "https://gs1.org/voc/",
    "",
    """
    ALARM_CONDITION ERROR_CONDITION
    """,
)
