import Foundation
import HQLink
import StationAPI
import Testing

/// Compressed pages: read, and never larger than a page may be.
@Suite(.timeLimit(.minutes(1))) struct CompressionTests {
    @Test(arguments: ["gzip", "deflate"])
    func aCompressedPageIsRead(encoding: String) async throws {
        let plain = WireReply.page((0..<200).map { WireReply.order("O-\($0)") })
        let body = encoding == "gzip" ? try Compression.gzip(plain.body) : Compression.deflate(plain.body)
        let hq = try WireHQ(feed: { _, connection in connection.send(plain.encoded(encoding, body)) })
        let station = TestStation()
        let bytes = try await withLink(to: hq.baseURL, station: station) { link in
            try await station.seen.until("the page") { $0.orders.count == 200 }
            return link.counters.feedBytes
        }
        #expect(bytes == plain.body.count)
        let accepted = hq.requests(.feed).first?.header("Accept-Encoding") ?? ""
        #expect(accepted.contains("gzip") && accepted.contains("deflate"))
    }

    @Test(arguments: [true, false])
    func aBombIsNotInflatedAndSmallerPagesAreAskedFor(isChunked: Bool) async throws {
        // 400 MB in 400 kB.
        let bomb = try Compression.bomb(megabytes: 400)
        let hq = try WireHQ(feed: { request, connection in
            guard request.parameter("limit") != "500" else {
                connection.send(.page([WireReply.order("O-1")]))
                return
            }
            var head = HostileReplyTests.head + "Content-Encoding: gzip\r\n"
            head += isChunked ? "Transfer-Encoding: chunked\r\n" : "Content-Length: \(bomb.count)\r\n"
            connection.send(head + "\r\n")
            if isChunked { connection.send("\(String(bomb.count, radix: 16))\r\n") }
            connection.send(bomb)
            if isChunked { connection.send("\r\n0\r\n\r\n") }
        })
        let station = TestStation(cursor: "c0")
        let before = try Memory.resident()
        try await withLink(to: hq.baseURL, station: station) {
            $0.pageByteLimit = 1 << 20
        } _: { link in
            try await station.seen.until("the smaller page") { $0.orders == ["O-1"] }
            #expect(link.counters.oversizePages == 2)
        }
        #expect(try Memory.resident() - before < 200 << 20, "it was inflated")
    }

    @Test func aSmallBombIsKnownByItsRatio() async throws {
        // 8 MB, which is less than a page may have, in 8 kB.
        let bomb = try Compression.bomb(megabytes: 8)
        let hq = try WireHQ(feed: { request, connection in
            let good = WireReply.page([WireReply.order("O-1")])
            connection.send(request.parameter("limit") == "500" ? good : good.encoded("gzip", bomb))
        })
        let station = TestStation(cursor: "c0")
        try await withLink(to: hq.baseURL, station: station) { link in
            try await station.seen.until("the good page") { $0.orders == ["O-1"] }
            #expect(link.counters.oversizePages == 2)
        }
    }

    @Test func aBombAsAReceiptMeansTheSameEventAgain() async throws {
        let bomb = try Compression.bomb(megabytes: 400)
        let turns = Turns()
        let hq = try WireHQ(events: { _, connection in
            let reply = WireReply.json(turns.next() == 0 ? 503 : 200, "")
            connection.send(turns.next() < 3 ? reply.encoded("gzip", bomb) : .empty(200))
        })
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        try await withLink(to: hq.baseURL, station: station) {
            $0.pageByteLimit = 1 << 20
        } _: { _ in
            try await station.seen.until("delivered") { $0.delivered == ["e-1"] }
        }
    }

    @Test func whatCannotBeInflatedIsAskedForAgain() async throws {
        let good = WireReply.page([WireReply.order("O-1")])
        let whole = try Compression.gzip(good.body)
        let turns = Turns()
        let hq = try WireHQ(feed: { _, connection in
            switch turns.next() {
            case 0: connection.send(good.encoded("gzip", Array("no gzip at all".utf8)))
            case 1: connection.send(good.encoded("gzip", Array(whole.dropLast(12))))
            // An encoding that was not asked for.
            case 2: connection.send(good.encoded("br", [0x1B, 0x03, 0x00]))
            default: connection.send(good.encoded("gzip", whole))
            }
        })
        let station = TestStation(cursor: "c0")
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("the page") { $0.orders == ["O-1"] && $0.status.feed.isOK }
        }
        #expect(station.seen.value.pages.count == 1)
    }
}

/// This process's memory.
enum Memory {
    /// Bytes in memory now.
    static func resident() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return (Int(text.split(separator: " ")[1]) ?? 0) * sysconfPageSize
    }

    private static let sysconfPageSize = 4_096
}
