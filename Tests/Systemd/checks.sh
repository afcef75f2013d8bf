# shellcheck shell=bash
# How Tests/Systemd/run and Tests/Systemd/inside say what they found: one line for each check.

failures=0

indent() { sed 's/^/    /'; }
ok() { printf 'ok - %s\n' "$1"; }
not_ok() {
    printf 'not ok - %s\n' "$1"
    failures=$((failures + 1))
}

# check SENTENCE COMMAND…: the command's output is shown only when it fails.
check() {
    local sentence=$1 output
    shift
    if output=$("$@" 2>&1); then
        ok "$sentence"
    else
        not_ok "$sentence"
        indent <<<"$output"
    fi
}

# is SENTENCE EXPECTED FOUND: nothing found is never what was expected.
is() {
    if [ -n "$2" ] && [ "$2" = "$3" ]; then
        ok "$1"
    else
        not_ok "$1: expected '$2', found '$3'"
    fi
}

# Whether systemd understands every line: of some that it ignores it says so and yet returns 0.
unit_is_clean() {
    local complaints
    complaints=$(systemd-analyze verify --man=no --recursive-errors=no "$1" 2>&1) && [ -z "$complaints" ] && return
    printf '%s\n' "$complaints"
    return 1
}
