# shellcheck shell=bash

# mirror CODENAME: the Debian mirror that apt uses here already; any other might not be reachable. Nothing where apt
# knows none, as before its first update.
mirror() {
    # shellcheck disable=SC2016 # apt replaces it
    apt-get indextargets --format '$(REPO_URI)' \
        'Created-By: Packages' 'Origin: Debian' "Codename: $1" 'Component: main' | head -n 1
}
