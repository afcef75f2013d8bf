internal import StationAPI

/// Exchanges with HQ: signed in, signed and traced as configured.
final class HTTPExchange: Sendable {
    /// Enough for a receipt or a problem; the rest of such a reply is not read.
    static let smallBody = HTTPTransport.smallBody

    private let hq: HTTPTransport
    /// For the token endpoint, where HQ's own CA, pins and client certificate do not belong.
    private let tokens: HTTPTransport?
    private let signIn: (any SignIn)?
    private let signer: RequestSigner?

    init(configuration: HQLinkConfiguration) {
        let tls = configuration.tls
        let renewed = configuration.renewal.map { RenewedFiles(folder: $0.folder) }
        hq = HTTPTransport(
            HTTPTransport.Settings(
                connect: configuration.timing.connect,
                material: TLSMaterial(
                    .init(
                        caFile: tls.caFile,
                        storeCAFile: tls.storeCAFile,
                        client: tls.clientCertificate,
                        renewed: renewed
                    )
                ),
                pins: tls.pins,
                proxy: configuration.proxy,
                inflatedLimit: configuration.pageByteLimit
            )
        )
        if let oauth = configuration.oauth {
            let transport = HTTPTransport(
                HTTPTransport.Settings(
                    connect: configuration.timing.connect,
                    material: TLSMaterial(.init(storeCAFile: tls.storeCAFile)),
                    proxy: configuration.proxy,
                    inflatedLimit: 1 << 20
                )
            )
            tokens = transport
            signIn = TokenKeeper(settings: oauth, transport: transport, timing: configuration.timing)
        } else {
            tokens = nil
            signIn = configuration.bearerTokenFile.map { TokenFile(path: $0, renewed: renewed) }
        }
        signer = configuration.signingKeyFile.map(RequestSigner.init)
    }

    func shutdown() async {
        await hq.shutdown()
        await tokens?.shutdown()
    }

    /// Sends a request with the token of the moment.
    ///
    /// If HQ does not accept the token and there is another one by now, the request is sent once more.
    func send(_ request: HQRequest) async throws(HQTrouble) -> HQReply {
        guard let signIn, !request.isSignedByURL else {
            return try await attempt(request, authorization: nil)
        }
        let first = try await signIn.authorization()
        let reply = try await attempt(request, authorization: first)
        guard reply.status == 401 || reply.status == 403,
            let second = try await signIn.authorization(insteadOf: first)
        else { return reply }
        return try await attempt(request, authorization: second)
    }

    private func attempt(_ request: HQRequest, authorization: String?) async throws(HQTrouble) -> HQReply {
        var request = request
        if let id = request.messageID {
            request.headers.append(
                (TraceParent.header, TraceParent.value(messageID: id, attempt: .random(in: 1 ... .max)))
            )
            if let signer { request.headers += try signer.headers(id: id, body: request.body ?? []) }
        }
        return try await hq.send(request, authorization: authorization)
    }
}
