# shellcheck shell=bash
# How Tests/GPIO gets Debian packages that it unpacks for itself: nothing of them is installed on this machine.
# The caller has fail() and says with apt_options where apt looks, if not where it always does.

apt_options=()

say() { printf 'gpio: %s\n' "$*"; }

apt() {
    apt-get -qq -o APT::Sandbox::User=root -o DPkg::Lock::Timeout=300 "${apt_options[@]}" "$@" </dev/null
}

# Root is needed only where apt's own lists are out of date.
update_lists() {
    if [ "$(id -u)" -eq 0 ] || [ "${#apt_options[@]}" -gt 0 ]; then
        apt update
    else
        sudo -n apt-get -qq update </dev/null
    fi || fail "apt-get update failed: is the network up, are the sources right?"
}

# unpack FOLDER PACKAGE…: downloads the packages' files and lays their contents into FOLDER.
unpack() {
    local folder=$1 package downloads
    shift
    mkdir -p "$folder"
    folder=$(cd "$folder" && pwd)
    downloads=$(mktemp -d "$folder/packages.XXXXXX")
    (cd "$downloads" && apt download "$@") || {
        # Lists that are older than the mirror name files that are no longer there.
        update_lists
        (cd "$downloads" && apt download "$@") || fail "cannot download $*: apt's message is above"
    }
    for package in "$downloads"/*.deb; do
        dpkg-deb --extract "$package" "$folder"
    done
    rm -rf "$downloads"
}
