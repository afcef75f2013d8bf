internal import Foundation
internal import StationAPI
internal import StationCore
internal import StationStore

/// From the core's reports to CloudEvents: the same report always gives the same bytes.
enum EventEncoding {
    static func outbound(_ entry: OutboxEntry, station: StationID) throws -> OutboundEvent {
        let report = entry.report
        let event = CloudEvent(
            id: report.id.rawValue,
            station: station.rawValue,
            type: try type(report.type),
            orderID: report.order?.rawValue,
            time: WireTime(milliseconds: report.at.milliseconds),
            sequence: entry.sequence,
            correlationID: report.handover?.rawValue,
            data: try data(report, document: entry.document)
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return OutboundEvent(
            id: report.id.rawValue,
            orderID: report.order?.rawValue,
            sequence: entry.sequence,
            json: try encoder.encode(event)
        )
    }

    private static func type(_ type: ReportType) throws -> EventType {
        guard let known = EventType(rawValue: type.rawValue) else {
            throw StoreError.sqlite(code: 0, message: "no event type \(type.rawValue)", isDamage: false)
        }
        return known
    }

    private static func data(_ report: Report, document: Data?) throws -> JSONValue {
        var data = EventData(
            orderID: report.order?.rawValue,
            parcelIDs: report.parcels.map(\.rawValue),
            compartments: report.compartment.map { [$0.rawValue] },
            staffID: report.staff?.rawValue,
            reason: report.reason,
            clock: EventData.Clock(trusted: report.isClockTrusted)
        )
        data.openingID = report.opening?.rawValue
        data.handoverID = report.handover?.rawValue
        data.remaining = report.remaining
        data.evidence = report.evidence.map { evidence in
            EventData.Evidence(
                doorOpenedAt: evidence.openedAt.map { WireTime(milliseconds: $0.milliseconds) },
                doorClosedAt: evidence.closedAt.map { WireTime(milliseconds: $0.milliseconds) },
                how: evidence.kind.rawValue,
                attempts: evidence.attempts
            )
        }
        data.order = try document.map { try JSONDecoder().decode(JSONValue.self, from: $0) }
        return try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(data))
    }
}
