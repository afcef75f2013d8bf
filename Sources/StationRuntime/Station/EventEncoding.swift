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
            data: try data(entry)
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

    private static func data(_ entry: OutboxEntry) throws -> JSONValue {
        let report = entry.report
        let order = try entry.document.map { try JSONDecoder().decode(JSONValue.self, from: $0) }
        var data = EventData(
            orderID: report.order?.rawValue,
            orderVersion: entry.orderVersion,
            parcelIDs: report.parcels.map(\.rawValue),
            compartments: report.compartment.map { [$0.rawValue] },
            method: report.method?.rawValue,
            staffID: report.staff?.rawValue,
            reason: report.reason,
            clock: EventData.Clock(trusted: report.isClockTrusted)
        )
        data.lines = try entry.document.flatMap { try HandedLines(document: $0).lines(in: report.parcels) }
        data.openingID = report.opening?.rawValue
        data.handoverID = report.handover?.rawValue
        data.remaining = report.remaining
        data.grantID = report.grant?.rawValue
        data.commandID = report.command
        data.effectiveDeadline = time(report.deadline)
        data.evidence = report.evidence.map { evidence($0) }
        data.outcome = report.evidence.flatMap { outcome($0) }?.reason
        data.order = order
        return try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(data))
    }

    private static func evidence(_ evidence: Evidence) -> EventData.Evidence {
        let confirmedBy: String? =
            switch evidence.kind {
            case .customerConfirmed: "customer"
            case .staffConfirmed: "staff"
            case .doorOpened, .doorOpenedAndClosed: nil
            }
        return EventData.Evidence(
            pulsedAt: time(evidence.pulsedAt),
            doorOpenedAt: time(evidence.openedAt),
            doorClosedAt: time(evidence.closedAt),
            dwellMilliseconds: evidence.dwellMs,
            sensor: evidence.sensor?.rawValue,
            confirmedBy: confirmedBy,
            how: evidence.kind.rawValue,
            attempts: evidence.attempts
        )
    }

    private static func time(_ time: StationTime?) -> WireTime? {
        time.map { WireTime(milliseconds: $0.milliseconds) }
    }

    /// What came of the opening, where a door was pulsed or seen.
    private static func outcome(_ evidence: Evidence) -> OpeningOutcome? {
        switch evidence.kind {
        case .doorOpenedAndClosed: .openedAndClosed
        case .doorOpened: .opened
        case .customerConfirmed, .staffConfirmed:
            if evidence.closedAt != nil {
                .openedAndClosed
            } else if evidence.openedAt != nil {
                .opened
            } else {
                evidence.pulsedAt == nil ? nil : .actuatedUnconfirmed
            }
        }
    }
}
