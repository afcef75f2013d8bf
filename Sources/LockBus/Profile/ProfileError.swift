public import StrictYAML

/// A board profile that cannot be used: where, why, and what to do.
public typealias ProfileError = StrictYAMLError
