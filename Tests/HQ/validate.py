"""Judges openapi.yaml, its examples, and events that stations sent, with tools that are not ours.

usage: validate.py OPENAPI.YAML [EVENTS.JSONL]
The document must be OpenAPI 3.1, each of its examples must fit its schema, and each line of EVENTS.JSONL must be an event
of the contract. Prints what does not fit; exit status 1 if anything does not.
"""

import json
import sys

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

with open(sys.argv[1], encoding="utf-8") as file:
    document = yaml.safe_load(file)
validate(document)

URI = "urn:openapi"
registry = Registry().with_resource(URI, Resource.from_contents(document, default_specification=DRAFT202012))
faults = []


def judge(name, value, pointer):
    validator = Draft202012Validator({"$ref": f"{URI}#{pointer}"}, registry=registry, format_checker=FormatChecker())
    for fault in validator.iter_errors(value):
        while fault.context:  # the branch that fits best says most
            fault = min(fault.context, key=lambda each: (len(each.path) == 0, len(list(each.schema_path))))
        faults.append(f"{name}: {fault.json_path}: {fault.message}"[:400])


def resolve(node):
    while "$ref" in node:
        target = document
        for part in node["$ref"].lstrip("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def walk(node, pointer):
    """Judges the examples of every media type in the document."""
    if isinstance(node, dict):
        if "schema" in node and "examples" in node and isinstance(node["examples"], dict):
            for name, example in node["examples"].items():
                judge(f"example {name}", resolve(example)["value"], f"{pointer}/schema")
                seen.add(example.get("$ref", name).split("/")[-1])
        for key, value in node.items():
            walk(value, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            walk(value, f"{pointer}/{index}")


seen = set()
walk(document["paths"], "/paths")
walk(document["components"]["responses"], "/components/responses")
schemas = {
    "event": "Event", "page": "Page", "question": "FeedQuestion", "problem": "Problem", "state": "State",
}
for name, example in document["components"]["examples"].items():
    for prefix, schema in schemas.items():
        if name not in seen and name.startswith(prefix):
            judge(f"example {name}", example["value"], f"/components/schemas/{schema}")
            seen.add(name)
unused = set(document["components"]["examples"]) - seen
faults += [f"example {name} belongs to nothing" for name in sorted(unused)]

types = {}
count = 0
if len(sys.argv) > 2:
    with open(sys.argv[2], encoding="utf-8") as file:
        for line in file:
            if not line.strip():
                continue
            event = json.loads(line)
            count += 1
            kind = event.get("type")
            types[kind] = types.get(kind, 0) + 1
            if kind not in document["components"]["schemas"]["EventType"]["enum"]:
                faults.append(f"{kind} is no type of this version")
            judge(f"{kind} {event.get('id')}", event, "/components/schemas/Event")
            if kind in document["components"]["schemas"]:
                judge(f"{kind} {event.get('id')}", event.get("data"), f"/components/schemas/{kind}")

for fault in faults[:40]:
    print(fault)
print(f"{len(seen)} examples and {count} events judged, {len(faults)} faults")
for kind in sorted(types):
    print(f"  {types[kind]:6} {kind}")
sys.exit(1 if faults else 0)
