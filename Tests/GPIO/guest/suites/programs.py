"""How the guest's suites start programs."""

import grp
import pwd


def as_user(user):
    """What starts a program as this user with these groups besides its own: ("pickupd", "gpio"). Nobody: as root."""
    if not user:
        return []
    person = pwd.getpwnam(user[0])
    groups = ",".join(str(grp.getgrnam(group).gr_gid) for group in user[1:])
    command = ["/usr/bin/setpriv", "--reuid", str(person.pw_uid), "--regid", str(person.pw_gid)]
    return [*command, "--groups", groups] if groups else [*command, "--clear-groups"]
