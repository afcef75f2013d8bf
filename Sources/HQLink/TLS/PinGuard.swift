internal import NIOCore
internal import NIOSSL

/// Lets a connection live only if its public key is pinned. It runs after the handshake and before the first request.
enum PinGuard {
    struct Refused: Error {
        var found: String
    }

    static func check(_ channel: any Channel, pins: [CertificatePin]) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            // Plain HTTP goes to loopback only and has no key to look at.
            guard let handler = try? channel.pipeline.syncOperations.handler(type: NIOSSLHandler.self) else {
                return
            }
            let found = try handler.peerCertificate.map {
                CertificatePin(publicKeyInfo: try $0.extractPublicKey().toSPKIBytes())
            }
            guard let found, pins.contains(found) else {
                // The client only forgets the connection; closing it is ours, once it has done so.
                channel.eventLoop.execute { channel.close(promise: nil) }
                throw Refused(found: found?.description ?? "none")
            }
        }
    }
}
