"""recordlinkage or Splink over the harder truth: match_pairs.py recordlinkage|splink DIR; prints a line of JSON."""
import json, sys, time
import pyarrow.parquet as pq

name, folder = sys.argv[1:3]
left, right = (pq.read_table(f"{folder}/hard_{side}.parquet").to_pandas() for side in ("left", "right"))
truth = {tuple(pair) for pair in json.load(open(f"{folder}/hard_truth.json"))}
for table in (left, right):  # the mark is the reference, or the text where there is none
    table["mark"] = table.reference.fillna(table.text).str.upper().str.replace("[^A-Z0-9]", "", regex=True)
started = time.perf_counter()
if name == "recordlinkage":
    import pandas as pd, recordlinkage as rl
    left, right = left.set_index("id"), right.set_index("id")
    for table in (left, right):
        table["day"] = pd.to_datetime(table.day)
    near = rl.Index(); near.block(["account", "currency"]); pairs = near.index(left, right)
    days = (right.day.reindex(pairs.get_level_values(1)).values - left.day.reindex(pairs.get_level_values(0)).values).astype("timedelta64[D]").astype(int)
    pairs = pairs[(days >= -2) & (days <= 7)]
    compare = rl.Compare(); compare.string("mark", "mark", method="levenshtein", label="mark"); compare.exact("amount", "amount", label="amount")
    scored = compare.compute(pairs, left, right)
    total = scored.mark * 2 + scored.amount; total = total[(scored.mark >= .7) | ((scored.mark >= .3) & (scored.amount == 1))].sort_values(ascending=False)
    found, used = set(), set()
    for a, b in total.index:
        if a not in used and b not in used: found.add((a, b)); used |= {a, b}
else:
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    tables = [t[["id", "mark", "amount", "account", "day"]].rename(columns={"id": "unique_id"}).astype({"day": str}) for t in (left, right)]
    rules = [block_on("amount", "account"), block_on("substr(mark,1,5)", "account"), block_on("right(mark,5)", "account"), block_on("substr(mark,6,5)", "account")]
    settings = SettingsCreator(link_type="link_only", blocking_rules_to_generate_predictions=rules, comparisons=[cl.JaroWinklerAtThresholds("mark", [.92, .8, .7]), cl.ExactMatch("amount"), cl.ExactMatch("day")], unique_id_column_name="unique_id")
    api = DuckDBAPI()
    try: linker = Linker(tables, settings, api)
    except Exception: linker = Linker([api.register(t) for t in tables], settings)
    linker.training.estimate_u_using_random_sampling(1e6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("amount", "account"))
    try: linker.training.estimate_parameters_using_expectation_maximisation(block_on("substr(mark,1,5)", "account"))
    except Exception: pass
    out = linker.inference.predict(threshold_match_probability=.9).as_pandas_dataframe().sort_values("match_probability", ascending=False)
    found, used = set(), set()
    for a, b in zip(out.unique_id_l, out.unique_id_r):
        a, b = (a, b) if a[0] == "l" else (b, a)
        if a not in used and b not in used: found.add((a, b)); used |= {a, b}
good = len(found & truth)
print(json.dumps(dict(engine=name, match_s=time.perf_counter() - started, precision=round(good / max(1, len(found)), 4), recall=round(good / len(truth), 4))))
