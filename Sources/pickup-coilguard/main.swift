internal import CoilGuard
internal import Glibc

exit(
    GuardProgram.run(
        arguments: Array(CommandLine.arguments.dropFirst()),
        environment: { name in getenv(name).map { String(cString: $0) } },
        makeBank: { GPIOOutputBank($0) }
    )
)
