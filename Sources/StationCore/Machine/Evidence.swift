extension Draft {
    /// How it is known that parcels went in or out of this compartment. Where no opening tells of a door,
    /// that a person said so is all.
    ///
    /// - Parameter opening: as it was before its end was recorded: a door that is `open` since then gives the
    ///   dwell.
    func evidence(
        _ kind: Evidence.Kind,
        of opening: Opening?,
        in compartment: CompartmentID,
        attempts: Int
    ) -> Evidence {
        var evidence = Evidence(
            kind: kind,
            openedAt: opening?.openedAt,
            closedAt: kind == .doorOpenedAndClosed ? time : nil,
            attempts: attempts
        )
        evidence.pulsedAt = opening?.pulsedAt
        if case .open(let since, _, _) = opening?.phase { evidence.dwellMs = now.ms(since: since) }
        evidence.sensor = state.compartment(compartment)?.evidenceSensor
        return evidence
    }

    /// What was seen of an opening whose door has just closed and about which staff are asked.
    func visit(_ opening: Opening) -> StaffSession.Visit {
        StaffSession.Visit(
            opening: opening.id,
            evidence: evidence(
                .doorOpenedAndClosed,
                of: opening,
                in: opening.compartment,
                attempts: opening.attempt
            )
        )
    }
}

extension CompartmentState {
    /// What kind of sensor vouches for what is said of its door.
    private var sensorKind: Evidence.Sensor {
        if !plan.hasDoorSensor { return .none }
        return record.isSensorSuspect ? .suspect : .door
    }

    /// The same, where there is a door at all.
    fileprivate var evidenceSensor: Evidence.Sensor? { plan.kind == .locker ? sensorKind : nil }
}
