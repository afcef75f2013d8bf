internal import CodeScanner
internal import DeviceIO
internal import Foundation
public import KioskServer
internal import Logging
internal import StationAPI
public import StationCore
internal import StationStore

extension Station {
    /// A scan, straight from the reader's thread.
    nonisolated func scanned(_ text: String) {
        thread.perform(urgent: true) {
            self.assumeIsolated { $0.show(text, form: .scanned(bits: Self.mostBits(of: text))) }
        }
    }

    /// Looks the digest up and lets the core decide; the text itself ends here.
    func show(_ text: String, form: ShownCode.Form) {
        guard takesCodes else { return }
        if case .scanned = form, Grant.isClaimed(by: text) {
            showGrant(text)
            return
        }
        do {
            handle(.codeShown(try match(text, form: form)))
        } catch {
            logger.error("a code could not be looked up", metadata: ["error": "\(error)"])
        }
    }

    /// What the text is under any of the keys that codes were digested under.
    private func match(_ text: String, form: ShownCode.Form) throws -> ShownCode {
        var code = ShownCode(form: form)
        for key in codeKeys.all {
            code = try store.match(key.digest(of: text), form: form)
            if code.pickup != nil || code.parcel != nil || code.badge != nil { return code }
        }
        guard case .scanned = form, WireID.isValid(text),
            WireID.isValid(OrderID(unmatched: ParcelID(text)).rawValue)
        else { return code }
        let parcel = ParcelID(text)
        if let row = try store.read({ try $0.order(OrderID(unmatched: parcel)) }) {
            code.parcel = ShownCode.LabelMatch(order: row, parcel: parcel)
        } else if state.takesUnmatchedLabels {
            code.unmatched = parcel
        }
        return code
    }

    /// The most randomness a text of this length and alphabet can hold: what S9 asks about a scanned code.
    static func mostBits(of text: String) -> Int {
        var alphabet = 10
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): break
            case UInt8(ascii: "A")...UInt8(ascii: "F"): alphabet = max(alphabet, 16)
            case UInt8(ascii: "G")...UInt8(ascii: "Z"): alphabet = max(alphabet, 32)
            default: alphabet = max(alphabet, 64)
            }
        }
        let perHundred = [10: 332, 16: 400, 32: 500, 64: 600][alphabet] ?? 600
        return text.utf8.count * perHundred / 100
    }

    /// What the scanner's reader thread reports.
    nonisolated func scanner(_ event: ScannerEvent) {
        switch event {
        case .scanned(let scan):
            scanned(scan.text)
        case .connected:
            health.scannerConnected()
            post(.scannerChanged(isConnected: true), urgent: true)
        case .disconnected(let reason):
            health.scannerLost(reason)
            post(.scannerChanged(isConnected: false), urgent: true)
        case .rejected(let rejection):
            if rejection.isWorthSaying { post(.scanUnreadable, urgent: true) }
        }
    }

    // MARK: PIN

    /// The verifier of whose badge was shown; nil if none was.
    func pinVerifier() -> (StaffID, Data?)? {
        guard case .identifying(let badge, _) = state.session else { return nil }
        let verifier = try? store.read { try $0.verifier(of: badge.id) }
        return (badge.id, verifier ?? nil)
    }
}

extension ScanRejection {
    /// A person who holds a code in front of the scanner should hear of it.
    fileprivate var isWorthSaying: Bool {
        switch self {
        case .tooLong, .notPrintable, .symbologyNotAccepted: true
        case .empty, .duplicate, .flood: false
        }
    }
}

extension Station: KioskStation {
    /// What a person did at the screen.
    public func kioskInput(_ input: KioskInput) async {
        switch input {
        case .code(let text):
            show(text.filter { $0 != " " && $0 != "-" }, form: .typed)
        case .button(.walked):
            sealAtKiosk()
        case .button(let button):
            handle(.buttonPressed(button))
        case .pin(let pin):
            guard let (staff, verifier) = pinVerifier() else {
                handle(.buttonPressed(.finish))
                return
            }
            // scrypt takes a tenth of a second on purpose: not on the station's thread.
            let isRight = await PINCheck.matches(pin, verifier: verifier)
            handle(.pinTyped(staff, isRight: isRight))
        }
    }

    /// What the kiosk shows now.
    public func currentView() async -> KioskView {
        view()
    }
}
