/// What a gate has seen; counts are from the start of the process.
package struct GateReport: Sendable, Equatable {
    /// Connections that stand and are known.
    package var open = 0
    /// Connections that stand and are not known yet.
    package var unauthenticated = 0
    package var accepted = 0
    /// By reason.
    package var turnedAway: [Turning: Int] = [:]
    /// Those that were turned away or held back most, at most ``sourcesMax``.
    package var sources: [Source] = []

    package static let sourcesMax = 8

    /// An address, or the name of a key or of a local user.
    package struct Source: Sendable, Equatable {
        package var name: String
        package var connections: Int
        /// Octets that it sent within the last whole minute.
        package var bytesLastMinute: Int
        /// How often it was not read for a while, because it was over its octets.
        package var heldBack: Int
        package var turnedAway: [Turning: Int]
    }

    package init() {}
}
