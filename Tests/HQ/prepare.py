"""Makes of openapi.yaml what schemathesis asks one HQ: for the one station that HQ knows, and without long waits.

usage: prepare.py OPENAPI.YAML STATION [PATH...] > openapi.json
Only the named paths are kept (all without any).
"""

import json
import sys

import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    document = yaml.safe_load(file)

components = document["components"]
components["parameters"]["station"]["schema"] = {"type": "string", "enum": [sys.argv[2]]}
components["schemas"]["FeedQuestion"]["properties"]["stationId"] = {"type": "string", "enum": [sys.argv[2]]}
components["examples"]["question"]["value"]["stationId"] = sys.argv[2]
# A state of another station than the path's is refused, and rightly so.
components["schemas"]["State"]["properties"]["station"] = {"type": "string", "enum": [sys.argv[2]]}
components["examples"]["state"]["value"]["station"] = sys.argv[2]

# A question that is held open takes its time: a second is enough to see that it works.
for parameter in document["paths"]["/stations/{station}/orders"]["get"]["parameters"]:
    if parameter["name"] == "wait":
        parameter["schema"]["maximum"] = 1
components["schemas"]["FeedQuestion"]["properties"]["wait"]["maximum"] = 1
components["examples"]["question"]["value"]["wait"] = 1

kept = sys.argv[3:]
if kept:
    document["paths"] = {path: item for path, item in document["paths"].items() if path in kept}
json.dump(document, sys.stdout)
