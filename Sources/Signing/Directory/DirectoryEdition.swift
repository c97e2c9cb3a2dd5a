package import Domain

/// Which directory a node has loaded. A node keeps this across restarts, so that nobody can make
/// it go back to an older one.
package struct DirectoryEdition: Hashable, Sendable {
    package let version: UInt64
    /// SM3 over the octets of `directory.json`; nil if only the version is known.
    package let digest: Digest?

    package init(version: UInt64, digest: Digest? = nil) {
        self.version = version
        self.digest = digest
    }
}
