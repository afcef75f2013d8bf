internal import Foundation
public import StrictYAML

extension BoardProfile {
    /// All profiles of a folder.
    public struct Catalogue: Sendable {
        private let profiles: [String: BoardProfile]
        private let canonical: [String: String]

        /// What a profile says of outputs, inputs and pulses, as text that does not change with its layout, its
        /// comments or its title: what a walked door's fingerprint is made of. Nil: no such profile.
        public func canonicalText(of name: String) -> String? {
            canonical[name]
        }

        /// Reads every `*.yaml` of `directory`, in the order of their names.
        /// - Throws: the first profile's error; also when a file's name is not its profile's.
        public init(directory: String) throws(ProfileError) {
            var found: [String: BoardProfile] = [:]
            var texts: [String: String] = [:]
            for name in try Self.files(in: directory) {
                let path = directory + "/" + name
                guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 20,
                    let text = String(data: data, encoding: .utf8)
                else {
                    throw ProfileError(
                        file: path,
                        line: 0,
                        problem: "the file cannot be read as UTF-8 text of at most 1 MiB",
                        remedy: "check its permissions and contents"
                    )
                }
                let profile = try BoardProfile.load(yaml: text, file: path)
                guard profile.name + ".yaml" == name else {
                    throw ProfileError(
                        file: path,
                        line: 1,
                        problem: "the profile is called `\(profile.name)`",
                        remedy: "name the file \(profile.name).yaml"
                    )
                }
                found[profile.name] = profile
                let node = try StrictMapping.compose(text, file: path)
                texts[profile.name] = CanonicalYAML.text(
                    of: node,
                    without: ["title", "sources", "line", "address", "baud", "quirks"]
                )
            }
            profiles = found
            canonical = texts
        }

        /// The profile of this name.
        public subscript(name: String) -> BoardProfile? {
            profiles[name]
        }

        /// The names of all profiles, sorted.
        public var names: [String] {
            profiles.keys.sorted()
        }

        private static func files(in directory: String) throws(ProfileError) -> [String] {
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
                throw ProfileError(
                    file: directory,
                    line: 0,
                    problem: "there is no such folder",
                    remedy: "name the folder with the board profiles"
                )
            }
            return names.filter { $0.hasSuffix(".yaml") }.sorted()
        }
    }
}
