"""Checks Logic Apps workflow files: against the JSON Schema beside this script with an independent validator, and the
rules that a JSON Schema cannot say. Prints what is wrong, one line each; exit status 1 if anything is.

usage: check_workflows.py FILE...
"""
import json
import pathlib
import re
import sys

from jsonschema import Draft202012Validator

# Functions of the Workflow Definition Language that the files may use; another is a slip of the pen.
# https://learn.microsoft.com/azure/logic-apps/workflow-definition-language-functions-reference
FUNCTIONS = {
    "and", "base64", "base64ToString", "body", "coalesce", "concat", "createArray", "empty", "encodeURIComponent",
    "equals", "first", "float", "if", "item", "json", "last", "length", "min", "not", "or", "outputs", "parameters",
    "startsWith", "string", "substring", "triggerBody", "utcNow", "variables",
}
LITERAL = re.compile(r"'(?:[^']|'')*'")


def scopes(actions, path=""):
    """Each group of actions that run beside and after one another, with its path."""
    yield path, actions
    for name, action in actions.items():
        inner = f"{path}/{name}"
        yield from scopes(action.get("actions", {}), inner)
        yield from scopes(action.get("else", {}).get("actions", {}), f"{inner}/else")


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def expressions(text):
    """The expressions in a text: all of it behind a leading @, or each @{…}."""
    if text.startswith("@{") or (text.find("@{") >= 0 and not text.startswith("@")):
        position = 0
        while (start := text.find("@{", position)) >= 0:
            depth, end, quoted = 1, start + 2, False
            while end < len(text) and depth:
                character = text[end]
                if character == "'":
                    quoted = not quoted
                elif not quoted:
                    depth += {"{": 1, "}": -1}.get(character, 0)
                end += 1
            if depth:
                yield None
                return
            yield text[start + 2 : end - 1]
            position = end
    elif text.startswith("@") and not text.startswith("@@"):
        yield text[1:]


def check_expression(expression, declared, names, variables):
    if expression is None:
        yield "an @{ without its }"
        return
    bare = LITERAL.sub("''", expression)
    for opening, closing in ("()", "[]"):
        if bare.count(opening) != bare.count(closing):
            yield f"unbalanced {opening}{closing} in {expression}"
    if "'" in bare.replace("''", ""):
        yield f"an open quote in {expression}"
    for function in re.findall(r"([A-Za-z0-9_]+)\(", bare):
        if function not in FUNCTIONS:
            yield f"unknown function {function} in {expression}"
    for name in re.findall(r"parameters\('([^']+)'\)", expression):
        if name not in declared:
            yield f"parameter {name} is not declared"
    for name in re.findall(r"(?:outputs|body)\('([^']+)'\)", expression):
        if name not in names:
            yield f"action {name} does not exist"
    for name in re.findall(r"variables\('([^']+)'\)", expression):
        if name not in variables:
            yield f"variable {name} is not initialised"


def check_order(path, actions):
    for name, action in actions.items():
        for before in action.get("runAfter", {}):
            if before not in actions:
                yield f"{path}/{name} runs after {before}, which is not beside it"
    done = set()
    while True:
        ready = {n for n, a in actions.items() if n not in done and set(a.get("runAfter", {})) <= done}
        if not ready:
            break
        done |= ready
    if done != set(actions):
        yield f"{path}: {sorted(set(actions) - done)} wait for one another"


def check(path, validator):
    document = json.loads(path.read_text())
    broken = [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in validator.iter_errors(document)]
    yield from broken
    if broken:
        return
    definition = document["definition"]
    groups = list(scopes(definition["actions"]))
    all_names = [name for _, actions in groups for name in actions]
    for name in sorted({name for name in all_names if all_names.count(name) > 1}):
        yield f"two actions are called {name}"
    for group, actions in groups:
        yield from check_order(group, actions)
    every = [action for _, actions in groups for action in actions.values()]
    variables = {
        variable["name"] for action in every if action["type"] == "InitializeVariable"
        for variable in action["inputs"]["variables"]
    }
    for action in every:
        if action["type"] == "SetVariable" and action["inputs"]["name"] not in variables:
            yield f"variable {action['inputs']['name']} is not initialised"
    declared = set(definition["parameters"])
    used = set()
    for text in texts([definition["triggers"], definition["actions"]]):
        for expression in expressions(text):
            yield from check_expression(expression, declared, set(all_names), variables)
            used |= set(re.findall(r"parameters\('([^']+)'\)", expression or ""))
    for name in sorted(declared - used):
        yield f"parameter {name} is never used"
    kinds = {trigger["type"] for trigger in definition["triggers"].values()}
    responds = any(action["type"] == "Response" for action in every)
    if responds and kinds != {"Request"}:
        yield "a Response needs a Request trigger"
    for name in document["parameters"]:
        if name not in declared:
            yield f"a value for {name}, which is not declared"
    for name, parameter in definition["parameters"].items():
        if re.search(r"secret|password|key|token$", name, re.I) and not parameter["type"].startswith("Secure"):
            yield f"{name} sounds like a secret and is no SecureString"
    for action in every:
        if action["type"] == "Http" and any("ecret" in text for text in texts(action["inputs"])):
            hidden = action.get("runtimeConfiguration", {}).get("secureData", {}).get("properties", [])
            if "inputs" not in hidden:
                yield "a secret is written into the run's history: secureData is missing"


def main(paths):
    schema = json.loads((pathlib.Path(__file__).parent / "workflow-definition.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    wrong = 0
    for path in map(pathlib.Path, paths):
        for fault in check(path, validator):
            wrong += 1
            print(f"{path.name}: {fault}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
