extension Digest {
    /// What is no digest of anything that was shown: 32 octets of 0, and the digests of no octets, by SM3
    /// (GB/T 32905) and by SHA-256, as of a file that was never written.
    package var isOfNothing: Bool { Digest.ofNothing.contains(self) }

    private static let ofNothing: [Digest] =
        [Digest.zero]
        + [
            "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ].compactMap { Bytes(hex: $0).flatMap { Digest($0) } }
}
