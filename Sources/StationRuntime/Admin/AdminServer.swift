internal import CStationShims
internal import Foundation
internal import Glibc
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// The admin socket: a Unix socket that answers root, the service's own user, and members of its group (by
/// the socket's
/// mode). Who asks is checked by the kernel's word, not theirs (SO_PEERCRED).
struct AdminServer: Service {
    static let lineMax = 4096

    let path: String
    let station: Station
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
        }
        unlink(path)
    }

    private func serve(_ client: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async {
        do {
            try await client.executeThenClose { inbound, outbound in
                guard try await isAllowed(client.channel) else { return }
                var line = ByteBuffer()
                for try await var part in inbound {
                    line.writeBuffer(&part)
                    if line.readableBytesView.contains(UInt8(ascii: "\n")) { break }
                    guard line.readableBytes <= Self.lineMax else { return }
                }
                var reply = AdminReply()
                if let request = try? JSONDecoder().decode(
                    AdminRequest.self,
                    from: Data(line.readableBytesView)
                ) {
                    reply = await station.answer(request)
                } else {
                    reply.error = "not understood: use pickupctl of the same version"
                }
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                try await outbound.write(ByteBuffer(bytes: try encoder.encode(reply) + [UInt8(ascii: "\n")]))
            }
        } catch {
            logger.debug("an admin client went away", metadata: ["error": "\(error)"])
        }
    }

    private func isAllowed(_ channel: any Channel) async throws -> Bool {
        guard let provider = channel as? any SocketOptionProvider else { return false }
        let peer: PeerCredentials = try await provider.unsafeGetSocketOption(
            level: .socket,
            name: .init(rawValue: SO_PEERCRED)
        ).get()
        let isAllowed = peer.user == 0 || peer.user == geteuid() || peer.group == getegid()
        if !isAllowed {
            logger.warning(
                "refused at the admin socket",
                metadata: ["uid": "\(peer.user)", "pid": "\(peer.process)"]
            )
        }
        return isAllowed
    }
}

/// `struct ucred` of unix(7).
private struct PeerCredentials {
    var process: Int32
    var user: UInt32
    var group: UInt32
}
