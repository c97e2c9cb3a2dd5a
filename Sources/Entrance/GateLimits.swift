/// What one gate may spend on those who come to it.
package struct GateLimits: Sendable {
    /// File descriptors of all connections together; one that has said nothing yet is one, one that
    /// speaks is ``descriptorsPerConnection``.
    package var descriptorsMax: Int
    /// No connection is taken while the lowest free descriptor of the process is this or above, so
    /// that libzmq and the store always find one.
    package var descriptorCeiling: Int32
    /// Connections that are not known yet.
    package var unauthenticatedMax: Int
    /// Those of them that have a socket of libzmq.
    package var handshakesMax: Int
    /// Connections of one key or of one local user.
    package var connectionsPerKeyMax: Int
    /// From the accept to the admission.
    package var handshakeMilliseconds: Double
    /// Octets that may go in before a message is complete: the largest legal one with its frames.
    package var unfinishedBytesMax: Int
    /// Octets a second that one key may bring, and how many it may save up.
    package var bytesPerSecond: Double
    package var bytesBurst: Double

    /// The connection, the gate's and libzmq's end of the passage, libzmq's listener and mailbox.
    package static let descriptorsPerConnection = 5
    /// Octets of a handshake: greeting 64, HELLO 200, INITIATE with metadata.
    static let handshakeBytesMax = 4096
    /// Commands (PING and PONG) complete no message: so many octets a second are no fault of theirs,
    /// up to ``commandBytesMax`` in all.
    static let commandBytesPerSecond = 64.0
    static let commandBytesMax = 1024.0 * 1024
    /// How long a connection that is full of an unfinished message may stay so.
    static let unfinishedMilliseconds = 3000.0

    package init(
        descriptorsMax: Int, descriptorCeiling: Int32, unauthenticatedMax: Int,
        handshakesMax: Int, connectionsPerKeyMax: Int, handshakeMilliseconds: Double,
        unfinishedBytesMax: Int,
        bytesPerSecond: Double, bytesBurst: Double
    ) {
        self.descriptorsMax = descriptorsMax
        self.descriptorCeiling = descriptorCeiling
        self.unauthenticatedMax = unauthenticatedMax
        self.handshakesMax = handshakesMax
        self.connectionsPerKeyMax = connectionsPerKeyMax
        self.handshakeMilliseconds = handshakeMilliseconds
        self.unfinishedBytesMax = unfinishedBytesMax
        self.bytesPerSecond = bytesPerSecond
        self.bytesBurst = bytesBurst
    }
}
