internal import StationCore

extension Station {
    /// Works out when the store is open, for the core.
    func readCalendar() {
        guard let hours = configuration.openingHours else { return }
        let time = state.clock.time(at: .now())
        let calendar = hours.calendar(from: time)
        calendarReadAt = time
        if calendar != state.calendar { handle(.calendarRead(calendar)) }
    }

    /// The same once a day, and when the time of day has become another.
    func readCalendarDaily() {
        guard let last = calendarReadAt else { return }
        let passed = state.clock.time(at: .now()).ms(since: last)
        if passed.magnitude > 21_600_000 { readCalendar() }
    }
}
