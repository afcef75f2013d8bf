import Glibc

/// Gives a tty a stable name, as udev does.
func linkTTY(_ path: String, _ name: String) -> Bool {
    symlink(path, name) == 0
}

func unlinkTTY(_ name: String) {
    unlink(name)
}
