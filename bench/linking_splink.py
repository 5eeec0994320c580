"""Splink's side of `bench.linking`, run in an environment of its own: RECORDS OUT.

As its manual has it: u by random pairs, m by expectation maximisation, Jaro-Winkler levels on names, blocks of its own.
"""

import json
import sys
import time

import pyarrow as pa
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

BLOCKS = (
    block_on("kind", "substr(name, 1, 6)"),
    block_on("kind", "substr(sorted, 1, 6)"),
    block_on("kind", "place", "substr(name, 1, 2)"),
    block_on("kind", "place", "founded"),
    block_on("domain"),
    block_on("ror"),
    block_on("orcid"),
)


def main(records: str, out: str) -> None:
    with open(records, encoding="utf-8") as file:
        rows = json.load(file)
    table = pa.Table.from_pylist(rows, schema=pa.schema([(name, pa.string()) for name in rows[0]]))
    started = time.process_time()
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=list(BLOCKS),
        comparisons=[
            cl.JaroWinklerAtThresholds("name", [0.95, 0.88, 0.7]),
            cl.JaroWinklerAtThresholds("sorted", [0.95, 0.88, 0.7]),
            cl.ExactMatch("state"),
            cl.JaroWinklerAtThresholds("place", [0.9, 0.7]).configure(term_frequency_adjustments=False),
            cl.LevenshteinAtThresholds("founded", [1]),
            cl.ExactMatch("domain").configure(term_frequency_adjustments=True),
            cl.ExactMatch("ror"),
            cl.ExactMatch("orcid"),
        ],
    )
    linker = Linker(DuckDBAPI().register(table), settings)
    linker.training.estimate_probability_two_random_records_match([block_on("kind", "sorted"), block_on("ror")], 0.4)
    linker.training.estimate_u_using_random_sampling(max_pairs=2_000_000, seed=1)
    for rule in (block_on("kind", "sorted"), block_on("domain"), block_on("place", "founded")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_weight=-10)
    pairs = found.as_record_list()
    cpu_s = time.process_time() - started
    told = [[pair["unique_id_l"], pair["unique_id_r"], pair["match_weight"]] for pair in pairs]
    with open(out, "w", encoding="utf-8") as file:
        json.dump({"cpu_s": cpu_s, "pairs": told}, file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
