internal import Foundation
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import SwiftASN1
internal import Synchronization
internal import X509

/// Finds words for a certificate that was refused. The library says only that it was; so the server is asked for its
/// certificates once more, over a connection that is given up in the handshake and on which nothing is sent.
enum TLSDiagnosis {
    /// Why the host's certificates are refused; `.untrusted` if they cannot be had or nothing is seen to be wrong.
    static func refusal(host: String, port: Int, limit: Duration) async -> TLSFault {
        guard let chain = await chain(host: host, port: port, limit: limit), !chain.isEmpty else {
            return .untrusted(viaProxy: false)
        }
        return judge(chain, now: Date())
    }

    /// What is wrong with a chain that was refused.
    static func judge(_ chain: [Certificate], now: Date) -> TLSFault {
        for certificate in chain where certificate.notValidAfter < now {
            return .expired(name: name(certificate.subject), on: day(certificate.notValidAfter))
        }
        for certificate in chain where certificate.notValidBefore > now {
            return .notYetValid(name: name(certificate.subject), from: day(certificate.notValidBefore))
        }
        guard let last = chain.last else { return .untrusted(viaProxy: false) }
        if chain.count == 1, last.issuer == last.subject { return .selfSigned(name: name(last.subject)) }
        return .unknownIssuer(name(last.issuer))
    }

    /// The names in the certificate that was refused for its name.
    static func names(host: String, port: Int, limit: Duration) async -> [String] {
        guard let leaf = await chain(host: host, port: port, limit: limit)?.first else { return [] }
        return names(of: leaf)
    }

    static func names(of certificate: Certificate) -> [String] {
        let names = (try? certificate.extensions.subjectAlternativeNames).map { alternatives in
            alternatives.compactMap { alternative -> String? in
                switch alternative {
                case .dnsName(let name): plain(name)
                case .ipAddress(let address): plain(addressText(Array(address.bytes)))
                default: nil
                }
            }
        }
        return Array((names ?? []).prefix(3))
    }

    private static func chain(host: String, port: Int, limit: Duration) async -> [Certificate]? {
        let (done, continuation) = AsyncStream.makeStream(of: Void.self)
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.minimumTLSVersion = .tlsv12
        guard let context = try? NIOSSLContext(configuration: settings) else { return nil }
        let box = ChainBox()
        let connecting = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.nanoseconds(Int64(limit / .nanoseconds(1))))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try NIOSSLClientHandler(
                        context: context,
                        serverHostname: isAddress(host) ? nil : host,
                        customVerificationCallback: { certificates, verdict in
                            box.certificates.withLock { $0 = certificates }
                            verdict.succeed(.failed)
                        }
                    )
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .connect(host: host, port: port)
        guard let channel = try? await connecting.get() else { return nil }
        channel.closeFuture.whenComplete { _ in continuation.finish() }
        channel.eventLoop.scheduleTask(in: .nanoseconds(Int64(limit / .nanoseconds(1)))) {
            channel.close(promise: nil)
        }
        for await _ in done {}
        let certificates = box.certificates.withLock { $0 }
        return certificates.compactMap { try? Certificate(derEncoded: $0.toDERBytes()) }
    }

    private final class ChainBox: Sendable {
        let certificates = Mutex<[NIOSSLCertificate]>([])
    }

    static func isAddress(_ host: String) -> Bool {
        (try? SocketAddress(ipAddress: host, port: 0)) != nil
    }

    /// The common name, or else the whole name.
    private static func name(_ name: DistinguishedName) -> String {
        for part in name {
            for attribute in part where attribute.type == .RDNAttributeType.commonName {
                return plain("\(attribute.value)")
            }
        }
        return plain("\(name)")
    }

    /// Text of a stranger, safe to show: printable ASCII, not too long.
    private static func plain(_ text: String) -> String {
        let kept = text.unicodeScalars.filter { (0x20..<0x7F).contains($0.value) }.prefix(64)
        return kept.isEmpty ? "no name" : String(String.UnicodeScalarView(kept))
    }

    private static func addressText(_ bytes: [UInt8]) -> String {
        guard let address = try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: 0) else {
            return "an address"
        }
        return address.ipAddress ?? "an address"
    }

    private static func day(_ date: Date) -> String {
        String(date.formatted(.iso8601).prefix(10))
    }
}
