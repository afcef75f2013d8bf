// What the station's GPIO inputs say, on standard output, for suites that move the lines from outside.
//
// usage: gpio-probe CHIP DEBOUNCE LINE[,low][,pull-up]…
//
// Says `ready` and the major version of libgpiod once it holds the lines, then `INDEX LEVEL NANOSECONDS` (the time
// since boot) for each change, the levels at the start included. Ends with `failed` and the reason.
internal import DeviceIO
internal import Foundation
internal import Glibc

func say(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = Glibc.write(STDOUT_FILENO, bytes, bytes.count)
}

func input(_ text: String, debounceMs: Int) -> GPIOInput {
    let words = text.split(separator: ",").map(String.init)
    return GPIOInput(
        line: GPIOLine(words.first ?? ""),
        isActiveLow: words.contains("low"),
        bias: words.contains("pull-up") ? .pullUp : .asIs,
        debounceMs: debounceMs
    )
}

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 3, let debounceMs = Int(arguments[1]) else {
    say("usage: gpio-probe CHIP DEBOUNCE LINE[,low][,pull-up]…")
    exit(64)
}
let wanted = arguments.dropFirst(2).map { input($0, debounceMs: debounceMs) }
let news = DispatchSemaphore(value: 0)
do throws(GPIOError) {
    let inputs = try GPIOInputs(chip: arguments[0], inputs: Array(wanted), consumer: "gpio-probe") { news.signal() }
    var told: [GPIOInputs.Reading?] = Array(repeating: nil, count: wanted.count)
    say("ready \(GPIOChip.libraryMajor)")
    while true {
        let (readings, hasMore) = try inputs.read()
        for (index, reading) in readings.enumerated() where told[index] != reading {
            told[index] = reading
            say("\(index) \(reading.isOn ? 1 : 0) \(reading.since.nanoseconds)")
        }
        if !hasMore { news.wait() }
    }
} catch {
    say("failed \(error)")
    exit(1)
}
