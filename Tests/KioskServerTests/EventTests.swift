import Foundation
import StationCore
import Testing

@testable import KioskServer

@Suite(.serialized) struct EventTests {
    private static func listen(_ port: Int, receiveBuffer: Int32? = nil) throws -> RawClient {
        let client = try RawClient(port: port, receiveBuffer: receiveBuffer)
        try client.send("GET /events HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
        return client
    }

    private static func views(in text: String) throws -> [KioskView] {
        try text.components(separatedBy: .newlines)
            .filter { $0.hasPrefix("data: ") }
            .map { try JSONDecoder().decode(KioskView.self, from: Data($0.dropFirst(6).utf8)) }
    }

    @Test func aNewReaderGetsTheWholeViewAtOnce() async throws {
        let view = KioskView.showing(.refused(.expired(orderNumber: "10-1")), revision: 41)
        try await withServer(station: FakeStation(view: view)) { _, port in
            let text = try await Self.listen(port).receive(until: "id: 41\ndata: {")
            #expect(text.contains("text/event-stream"))
            #expect(try Self.views(in: text) == [view])
        }
    }

    @Test func everyReaderGetsEveryChange() async throws {
        try await withServer { server, port in
            let readers = [try Self.listen(port), try Self.listen(port)]
            for reader in readers { _ = try await reader.receive(until: "id: 1\n") }
            for revision in UInt64(2)...4 {
                server.push(.showing(.staffPIN, revision: revision))
                for reader in readers {
                    let views = try Self.views(in: try await reader.receive(until: "id: \(revision)\n"))
                    #expect(views.last == .showing(.staffPIN, revision: revision))
                }
            }
        }
    }

    @Test func anOlderViewThatComesLateIsDropped() async throws {
        try await withServer { server, port in
            let reader = try Self.listen(port)
            _ = try await reader.receive(until: "id: 1\n")
            server.push(.showing(.staffPIN, revision: 7))
            _ = try await reader.receive(until: "id: 7\n")
            server.push(.showing(.home, revision: 6))
            server.push(.showing(.home, revision: 8))
            #expect(!(try await reader.receive(until: "id: 8\n")).contains("id: 6\n"))
        }
    }

    @Test func aChangeThatWasNotPushedIsFoundByAsking() async throws {
        let station = FakeStation()
        try await withServer(station: station, timing: .fast) { _, port in
            let reader = try Self.listen(port)
            _ = try await reader.receive(until: "id: 1\n")
            station.show(.showing(.staffPIN, revision: 2))
            _ = try await reader.receive(until: "id: 2\n")
        }
    }

    @Test func theHeartbeatStopsWhenTheStationHangs() async throws {
        let station = FakeStation()
        try await withServer(station: station, timing: .fast) { server, port in
            let reader = try Self.listen(port)
            for _ in 1...3 { _ = try await reader.receive(until: ":\n\n") }
            station.hang()
            // A heartbeat may still be on its way. After that, views that are pushed come alone, however long
            // the gap between them: ten times a gap of more than a heartbeat's time, in a row.
            var gapsInSilence = 0
            for revision in UInt64(2)...200 where gapsInSilence < 10 {
                try await Task.sleep(for: .milliseconds(30))
                server.push(.showing(.home, revision: revision))
                let text = try await reader.receive(until: "id: \(revision)\n")
                let chunks = text.components(separatedBy: "\r\n")
                gapsInSilence = chunks.contains(":\n\n") ? 0 : gapsInSilence + 1
            }
            #expect(gapsInSilence == 10)
        }
    }

    @Test func aReaderThatDoesNotReadIsDroppedAndOthersGoOn() async throws {
        try await withServer(timing: .fast) { server, port in
            let slow = try Self.listen(port, receiveBuffer: 4096)
            let good = try Self.listen(port)
            _ = try await good.receive(until: "id: 1\n")
            var revision: UInt64 = 1
            while server.hub.droppedCount == 0, revision < 3000 {
                revision += 1
                // A wall of this size makes views of about 100 KiB, which fill a socket's buffers soon.
                server.push(.showing(.home, revision: revision, doors: 2000))
                _ = try await good.receive(until: "id: \(revision)\n")
            }
            #expect(server.hub.droppedCount == 1)
            #expect(server.hub.readerCount == 1)
            server.push(.showing(.home, revision: revision + 1))
            _ = try await good.receive(until: "id: \(revision + 1)\n")
            withExtendedLifetime(slow) {}
        }
    }

    @Test func theNinthReaderIsRefusedUntilOneLeaves() async throws {
        try await withServer(timing: .fast) { server, port in
            var readers: [RawClient] = []
            for _ in 1...EventHub.readerLimit {
                let reader = try Self.listen(port)
                _ = try await reader.receive(until: "id: 1\n")
                readers.append(reader)
            }
            let refused = try await request(port, "GET", "/events")
            #expect(refused.status == 503)
            #expect(refused.problem == "too-many-readers")
            #expect(refused.headers["retry-after"] == "1")

            readers.removeLast()
            for _ in 1...1000 where server.hub.readerCount == EventHub.readerLimit {
                try await Task.sleep(for: .milliseconds(5))
            }
            _ = try await Self.listen(port).receive(until: "id: 1\n")
        }
    }

    @Test func aShutdownEndsTheStreamsInOrder() async throws {
        let reader = try await withReaderOfAServerThatStops()
        // The last chunk of a chunked body: the stream was ended, not broken off.
        #expect(try await reader.receiveToEnd().hasSuffix("0\r\n\r\n"))
    }

    private func withReaderOfAServerThatStops() async throws -> RawClient {
        let (readers, sender) = AsyncStream.makeStream(of: RawClient.self)
        try await withServer { _, port in
            let reader = try Self.listen(port)
            _ = try await reader.receive(until: "id: 1\n")
            sender.yield(reader)
        }
        for await reader in readers { return reader }
        throw RawClient.Failure(reason: "no reader")
    }

    @Test(.timeLimit(.minutes(1)))
    func aShutdownIsNotHeldUpByAReaderThatLeftUnnoticed() async throws {
        // Without heartbeats, nothing tells the server that one of its readers has gone.
        let timing = KioskTiming(heartbeat: .seconds(60))
        try await withServer(timing: timing) { _, port in
            var gone: RawClient? = try Self.listen(port)
            _ = try await gone?.receive(until: "id: 1\n")
            gone = nil
        }
    }

    @Test func whoWaitsForThePortOfAServerThatCannotListenIsTold() async throws {
        try await withServer { _, port in
            var taken = KioskConfiguration.test()
            taken.port = port
            let second = try KioskServer(configuration: taken, station: FakeStation(), logger: .silent)
            let waiting = Task { try await second.port }
            await #expect(throws: (any Error).self) { try await second.run() }
            await #expect(throws: KioskServerError.notListening) { try await waiting.value }
        }
    }
}

extension KioskTiming {
    /// Short enough for a test to wait for.
    static let fast = KioskTiming(heartbeat: .milliseconds(20), slowReader: .milliseconds(200))
}
