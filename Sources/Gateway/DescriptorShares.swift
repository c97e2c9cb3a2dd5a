import Entrance
import Glibc
import Wire

/// How the descriptors that the system gives this process are shared out: some are kept for the store,
/// the log, libzmq and the connections to peers, the rest is the gates'.
struct DescriptorShares {
    /// `RLIMIT_NOFILE` of the process.
    let limit: Int
    private let available: Int

    /// Raises the limit as far as it may be raised.
    ///
    /// - Parameter members: nodes of the directory; each costs a connection of four descriptors.
    /// - Throws: ``NodeFailure`` if there are too few to run with.
    init(members: Int) throws {
        var given = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &given) == 0 else {
            throw NodeFailure.configuration("the limit of descriptors cannot be read")
        }
        given.rlim_cur = given.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &given)
        limit = Int(clamping: min(given.rlim_cur, 1 << 20))
        available = limit - Limits.descriptorsReserve - 4 * members
        guard limit >= Limits.descriptorsMin, available >= Limits.descriptorsMin / 4 else {
            throw NodeFailure.configuration(
                "the system gives this process \(limit) descriptors (ulimit -n); a node in a "
                    + "directory of \(members) needs at least "
                    + "\(max(Limits.descriptorsMin, Limits.descriptorsReserve + 4 * members + Limits.descriptorsMin / 4))"
            )
        }
    }

    /// The limits of a gate with this part of what is shared out.
    ///
    /// - Parameters:
    ///   - message, frames: octets and frames of the largest legal message.
    ///   - messages: how many of them may be inside libzmq at once.
    func limits(
        share: Double, perKey: Int, message: Int, frames: Int, messages: Int, bytesPerSecond: Int
    ) -> GateLimits {
        let descriptors = Int(Double(available) * share)
        // A frame under CURVE is 42 octets longer than what it carries.
        return GateLimits(
            descriptorsMax: descriptors,
            descriptorCeiling: Int32(clamping: limit - Limits.descriptorsReserve / 2),
            unauthenticatedMax: min(Limits.unauthenticatedMax, descriptors / 2),
            handshakesMax: max(
                4, min(Limits.handshakesMax, descriptors / 4 / GateLimits.descriptorsPerConnection)),
            connectionsPerKeyMax: perKey,
            handshakeMilliseconds: Double(Limits.handshakeMilliseconds),
            unfinishedBytesMax: messages * (message + frames * 42),
            bytesPerSecond: Double(bytesPerSecond),
            bytesBurst: Double(bytesPerSecond * Limits.bytesBurstSeconds))
    }
}
