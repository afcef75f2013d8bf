import Foundation
import StrictYAML
import Testing

@testable import LockBus

/// Files as a tired hand or a bad card leaves them: each is refused with its line, or is a profile that still
/// keeps every limit.
struct DamagedProfileTests {
    /// A small generator, so that a failure can be repeated (SplitMix64).
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }

    @Test func aDamagedProfileIsRefusedOrKeepsItsLimits() throws {
        var random = Seeded(state: 20261124)
        var (refused, accepted) = (0, 0)
        for name in try BoardProfile.Catalogue(directory: Profiles.directory).names {
            let text = try String(contentsOfFile: "\(Profiles.directory)/\(name).yaml", encoding: .utf8)
            // Comments say nothing; damage what does.
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
                .filter { !$0.hasPrefix("#") }.map(String.init)
            for _ in 0..<60 {
                let damaged = Self.damage(lines, &random)
                do throws(ProfileError) {
                    let profile = try BoardProfile.load(yaml: damaged, file: "x.yaml")
                    accepted += 1
                    Self.check(profile, damaged)
                } catch {
                    refused += 1
                    #expect(error.file == "x.yaml" && !error.remedy.isEmpty, "\(error)")
                    #expect(error.line > 0, "\(error)\n\(damaged)")
                }
            }
        }
        #expect(refused > 300 && accepted > 30, "\(refused) refused, \(accepted) accepted")
    }

    private static func damage(_ lines: [String], _ random: inout Seeded) -> String {
        var lines = lines
        let index = Int.random(in: 0..<lines.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: lines.remove(at: index)
        case 1: lines.insert(lines[index], at: index)
        case 2: lines[index] = String(lines[index].dropLast(lines[index].count / 2))
        case 3:
            let digits = String(Int.random(in: 0...70_000, using: &random))
            lines[index] = lines[index].replacing(#/: ?(0x)?[0-9A-F]+/#, maxReplacements: 1) { _ in
                ": " + digits
            }
        default:
            var letters = Array(lines[index])
            guard !letters.isEmpty else { break }
            let position = Int.random(in: 0..<letters.count, using: &random)
            letters[position] = "abz019:{}[],- #".randomElement(using: &random) ?? "?"
            lines[index] = String(letters)
        }
        return lines.joined(separator: "\n")
    }

    private static func check(_ profile: BoardProfile, _ text: String) {
        #expect((1...64).contains(profile.channels) && (0...64).contains(profile.inputs), "\(text)")
        #expect(profile.maximumOnMs <= 11_000 && profile.maximumPulseMs <= profile.maximumOnMs, "\(text)")
        #expect(profile.coolDown >= 5, "\(text)")
        if case .host(let watchdogMs) = profile.timing {
            #expect(profile.maximumPulseMs + watchdogMs <= profile.maximumOnMs, "\(text)")
        }
    }
}
