import NIOCore
import NIOPosix
import NIOSSL

/// Takes TLS off connections and passes the bytes on to a plain port, so that a `WireServer` can speak HTTPS.
final class TLSFront: Sendable {
    let port: Int
    private let channel: any Channel

    init(
        certificate: String,
        key: String,
        to plainPort: Int,
        host: String = "127.0.0.1",
        configure: (inout TLSConfiguration) -> Void = { _ in }
    ) async throws {
        let chain = try NIOSSLCertificate.fromPEMFile(certificate).map {
            NIOSSLCertificateSource.certificate($0)
        }
        let privateKey = try NIOSSLPrivateKey(file: key, format: .pem)
        var settings = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain,
            privateKey: .privateKey(privateKey)
        )
        configure(&settings)
        let context = try NIOSSLContext(configuration: settings)
        let group = MultiThreadedEventLoopGroup.singleton
        channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { inbound in
                inbound.eventLoop.makeCompletedFuture {
                    try inbound.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                }.flatMap {
                    ClientBootstrap(group: inbound.eventLoop)
                        .connect(host: "127.0.0.1", port: plainPort)
                        .flatMapThrowing { outbound in
                            try inbound.pipeline.syncOperations.addHandler(Relay(to: outbound))
                            try outbound.pipeline.syncOperations.addHandler(Relay(to: inbound))
                        }
                }
            }
            .bind(host: host, port: 0)
            .get()
        guard let port = channel.localAddress?.port else { throw ChannelError.unknownLocalAddress }
        self.port = port
    }

    func stop() async throws {
        try await channel.close()
    }

    /// Both channels are on one event loop.
    private final class Relay: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let other: any Channel

        init(to other: any Channel) {
            self.other = other
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            other.writeAndFlush(unwrapInboundIn(data), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            other.close(promise: nil)
            context.fireChannelInactive()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
