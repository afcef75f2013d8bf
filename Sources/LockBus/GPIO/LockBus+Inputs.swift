internal import DeviceIO

// Boards whose inputs announce themselves: the bus reads them at once instead of at the next poll.
extension LockBus {
    func watchInputs() {
        let thread = thread
        driver?.watchInputs { [weak self] board in
            guard let bus = self else { return }
            thread.perform(urgent: true) {
                bus.assumeIsolated { $0.inputsChanged(board) }
            }
        }
    }

    /// The edge's own time where there is one. An old one says nothing of why the door is news now: its board was
    /// away meanwhile.
    func timeOfChange(_ input: Int, of board: Board, readAt now: BootTime) -> BootTime {
        guard let edge = driver?.inputChangedAt(board.index, input: input),
            now.milliseconds(since: edge) <= 2000
        else { return now }
        return min(edge, now)
    }

    private func inputsChanged(_ index: Int) {
        guard boards.indices.contains(index), boards[index].isUp else { return }
        boards[index].nextPoll = BootTime.now()
        wake()
    }
}
