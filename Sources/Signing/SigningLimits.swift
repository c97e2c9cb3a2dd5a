/// What this room takes from files and from the directory, at most.
package enum SigningLimits {
    package static let keyFileBytesMax = 16 * 1024
    package static let certificateBytesMax = 16 * 1024
    package static let revocationListBytesMax = 2 * 1024 * 1024
    package static let directoryBytesMax = 4 * 1024 * 1024
    /// More than enough for a rotation, with those kept for the sake of old evidence.
    package static let certificatesPerNodeMax = 64
    package static let nodesMax = 256
    /// How far ahead of this node's clock the directory and its lists may have been issued.
    package static let clockSkewMillisecondsMax: Int64 = 10 * 60 * 1000
    /// The limit of the protocol. What is sealed today has 141 to 143 octets, hardly ever fewer.
    package static let sealedIdentityBytesMax = 256
    package static let verificationCacheEntries = 4096
    /// Operators of the national node in one directory, those before them included.
    package static let operatorsMax = 64
}
