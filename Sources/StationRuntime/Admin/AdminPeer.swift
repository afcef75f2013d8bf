internal import Glibc
internal import StationCore

/// Who asks at the admin socket, by the kernel's word (SO_PEERCRED).
struct AdminPeer: Sendable {
    /// The group whose members may open doors by `pickupctl`, beside root.
    static let technicians = "pickup-admin"

    var process: Int32
    var user: UInt32
    var group: UInt32

    /// A number, not a name: a name may be a person's.
    var technician: StaffID { StaffID("uid:\(user)") }

    /// May ask: root, the service's own user, members of its group and technicians.
    var mayAsk: Bool {
        isTrusted || group == getegid() || groups.contains(getegid()) || isTechnician
    }

    /// May do what leads to an open door.
    var mayOpen: Bool { isTrusted || isTechnician }

    /// The service's own user could do anything to the service anyway.
    private var isTrusted: Bool { user == 0 || user == geteuid() }

    private var isTechnician: Bool {
        guard let known = getgrnam(Self.technicians) else { return false }
        return known.pointee.gr_gid == group || groups.contains(known.pointee.gr_gid)
    }

    /// The groups of the account. The kernel's word is only about the first one.
    private var groups: [gid_t] {
        guard let account = getpwuid(user), let name = account.pointee.pw_name else { return [] }
        var found = [gid_t](repeating: 0, count: 128)
        var count = Int32(found.count)
        guard getgrouplist(name, account.pointee.pw_gid, &found, &count) >= 0 else { return [] }
        return Array(found.prefix(Int(count)))
    }
}
