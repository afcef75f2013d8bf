internal import CStationShims
internal import Foundation
internal import Glibc
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// The admin socket: a Unix socket that answers root, the service's own user, members of its group and
/// technicians. What opens doors is for root and technicians (``AdminPeer``).
struct AdminServer: Service {
    static let lineMax = 4096

    let path: String
    let station: Station
    let locks: LockService
    let logger: Logger

    func run() async throws {
        unlink(path)
        let group = NIOSingletons.posixEventLoopGroup
        let server = try await ServerBootstrap(group: group)
            .bind(unixDomainSocketPath: path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        // The folder decides who comes this far; members of the service's group may ask.
        chmod(path, 0o660)
        try await withGracefulShutdownHandler {
            try await server.executeThenClose { clients in
                await withDiscardingTaskGroup { group in
                    do {
                        for try await client in clients {
                            group.addTask { await serve(client) }
                        }
                    } catch {
                        logger.error("the admin socket failed", metadata: ["error": "\(error)"])
                    }
                }
            }
        } onGracefulShutdown: {
            server.channel.close(promise: nil)
            Task { await station.releaseWatchers() }
        }
        unlink(path)
    }

    private func serve(_ client: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async {
        do {
            try await client.executeThenClose { inbound, outbound in
                let peer = try await peer(of: client.channel)
                guard peer.mayAsk else {
                    logger.warning(
                        "refused at the admin socket",
                        metadata: ["uid": "\(peer.user)", "pid": "\(peer.process)"]
                    )
                    return
                }
                var line = ByteBuffer()
                for try await var part in inbound {
                    line.writeBuffer(&part)
                    if line.readableBytesView.contains(UInt8(ascii: "\n")) { break }
                    guard line.readableBytes <= Self.lineMax else { return }
                }
                let reply = await answer(Data(line.readableBytesView), to: peer)
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                try await outbound.write(ByteBuffer(bytes: try encoder.encode(reply) + [UInt8(ascii: "\n")]))
            }
        } catch {
            logger.debug("an admin client went away", metadata: ["error": "\(error)"])
        }
    }

    private func answer(_ line: Data, to peer: AdminPeer) async -> AdminReply {
        var reply = AdminReply()
        guard let request = try? JSONDecoder().decode(AdminRequest.self, from: line) else {
            reply.error = "not understood: use pickupctl of the same version"
            return reply
        }
        guard !request.command.opensDoors || peer.mayOpen else {
            logger.warning(
                "refused to open doors at the admin socket",
                metadata: ["uid": "\(peer.user)", "command": "\(request.command.rawValue)"]
            )
            reply.error =
                "only root and members of the group \(AdminPeer.technicians) open doors: use sudo, or ask for it"
            reply.trouble = .notAllowed
            return reply
        }
        if request.command == .boards {
            reply.boards = await locks.boards()
            reply.findings = await locks.findings().map { "\($0)" }
            return reply
        }
        if request.command == .wall, let seen = request.after {
            await station.waitForChange(after: seen, atMostMs: 5_000)
        }
        return await station.answer(request, from: peer.technician)
    }

    private func peer(of channel: any Channel) async throws -> AdminPeer {
        guard let provider = channel as? any SocketOptionProvider else {
            throw ChannelError.operationUnsupported
        }
        let credentials: PeerCredentials = try await provider.unsafeGetSocketOption(
            level: .socket,
            name: .init(rawValue: SO_PEERCRED)
        ).get()
        return AdminPeer(
            process: credentials.process,
            user: credentials.user,
            group: credentials.group
        )
    }
}

/// `struct ucred` of unix(7).
private struct PeerCredentials {
    var process: Int32
    var user: UInt32
    var group: UInt32
}
