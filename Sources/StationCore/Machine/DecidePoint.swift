/// What inputs and measurements of the wall say that are no doors.
extension Draft {
    mutating func readPoint(_ reading: PointReading) {
        let before = state.points.first { $0.id == reading.id }
        guard before != reading else { return }
        // The board that tells of the mains may lose its own: only a reading "they are back" lifts the bar.
        let keepsBar = reading.isActive == nil && before?.isActive == true && reading.stopsOpenings
        guard !keepsBar else { return }
        record(.point(reading))
        guard reading.kind != .occupancy, let isActive = reading.isActive, isActive != before?.isActive,
            isActive || before?.isActive == true
        else { return }
        report(.pointAlarm) {
            $0.reason = "\(reading.kind.rawValue).\(isActive ? "raised" : "cleared").\(reading.id.rawValue)"
        }
    }
}

extension StationState {
    /// The mains are lost and the locks hang on them: what is under way is finished, nothing new is opened.
    public var isWithoutPower: Bool {
        points.contains { $0.stopsOpenings && $0.isActive == true }
    }
}
