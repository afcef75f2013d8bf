public import Yams

extension StrictMapping {
    /// The root of a document.
    public static func compose(_ yaml: String, file: String) throws(StrictYAMLError) -> Node {
        do {
            guard let node = try Yams.compose(yaml: yaml) else {
                throw StrictYAMLError(
                    file: file,
                    line: 1,
                    problem: "the file is empty",
                    remedy: "start from an example"
                )
            }
            return node
        } catch let error as StrictYAMLError {
            throw error
        } catch let error as YamlError {
            let (line, problem) = place(of: error)
            throw StrictYAMLError(file: file, line: line, problem: problem, remedy: "correct the YAML there")
        } catch {
            throw StrictYAMLError(
                file: file,
                line: 0,
                problem: "it is no YAML",
                remedy: "start from an example"
            )
        }
    }

    private static func place(of error: YamlError) -> (line: Int, problem: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            (mark.line, problem)
        case .duplicatedKeysInMapping(let keys, let context):
            (context.mark.line, "a key is there twice: \(keys.sorted().joined(separator: ", "))")
        default:
            (0, "the text cannot be read")
        }
    }
}
