internal import Foundation
internal import StationCore
internal import StationStore

// store-writer FOLDER COUNT: opens the store and commits COUNT numbered transactions, going on with the number
// after the last one it finds. Each writes a line of the journal, an event, an order and the cursor. Says on
// its standard output, line by line: `open`, then `done N` once number N is committed, or `failed N CODE`.
// Afterwards it holds the store until its standard input ends.

func say(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}

func order(_ number: Int, _ key: StationKey) -> StoredOrder {
    StoredOrder(
        record: OrderRecord(
            id: OrderID("O\(number)"),
            version: 1,
            displayNumber: "\(number)",
            parcels: [ParcelRecord(id: ParcelID("P\(number)"), size: .medium)]
        ),
        tokens: [Token(digest: key.digest(of: "code-\(number)"), kind: .pickupCode(isTyped: true))],
        document: Data(String(repeating: "x", count: 300).utf8)
    )
}

func commit(_ number: Int, to store: StationStore, _ state: StationState, _ key: StationKey) throws {
    let moment = Moment(instant: Instant(nanoseconds: UInt64(number)), uniqueID: "m\(number)")
    let event = Event.itemQuarantined(order: OrderID("O\(number)"), reason: "number \(number)")
    let decision = state.decide(event, at: moment)
    let line = JournalEntry(
        moment: moment,
        time: StationTime(milliseconds: Int64(number)),
        event: event,
        changes: decision.changes
    )
    try store.commit(decision, lines: [JournalLine(line)]) { transaction in
        try transaction.store(order(number, key))
        try transaction.setCursor("\(number)")
    }
}

let arguments = CommandLine.arguments
guard arguments.count == 3, let count = Int(arguments[2]),
    let key = StationKey(bytes: [UInt8](repeating: 9, count: 32))
else {
    say("usage: store-writer FOLDER COUNT")
    exit(64)
}
do {
    let opened = try StationStore.open(folder: arguments[1], bootID: "writer", now: 1)
    say(opened.setAside == nil ? "open" : "set aside")
    let state = StationState(
        plan: StationPlan(station: "S", compartments: []),
        policy: Policy(),
        memory: opened.memory,
        at: Instant(nanoseconds: 0)
    )
    let last = try opened.store.read { try $0.cursor() }.flatMap { Int($0) } ?? 0
    for number in (last + 1)..<(last + 1 + count) {
        do {
            try commit(number, to: opened.store, state, key)
            say("done \(number)")
        } catch StoreError.sqlite(let code, _, let isDamage) {
            say("failed \(number) \(code)\(isDamage ? " damage" : "")")
        }
    }
    _ = FileHandle.standardInput.readDataToEndOfFile()
} catch {
    say("refused: \(error)")
    exit(3)
}
