import Glibc
package import ZeroMQ

/// What a gate is for: where it listens, what stands behind it, and who may come in.
package struct GatePlan: Sendable {
    /// Without `/`; the ZAP domain of connection 17 is `name/17`.
    package var name: String
    package var endpoint: String
    /// Rights of the path of a unix socket.
    package var fileMode: UInt32 = 0o600
    /// Of libzmq's socket behind each connection.
    package var kind: Socket.Kind
    /// Of the same; its security is the gate's affair.
    package var options: SocketOptions
    /// CURVE with these keys; nil for NULL, where every user who can open the path is let in.
    package var curve: CurveKeyPair?
    /// What the owner of a key is called; nil keeps it out. Asked at the handshake, on any thread.
    package var admits: @Sendable ([UInt8]) -> String?
    /// Whether that name may still be here; asked every second for as long as the connection stands.
    package var stillAdmits: @Sendable (String) -> Bool
    package var limits: GateLimits
    /// For the private ends of the passages.
    package var folder: PrivateFolder
    package var owner: any PassageOwner
    /// Told of refusals: once when a source begins to be refused for a reason, then once a minute
    /// while it goes on. On the gate's thread.
    package var note: @Sendable (GateNote) -> Void
    /// Told when the gate cannot go on.
    package var failed: @Sendable (String) -> Void

    package init(
        name: String, endpoint: String, kind: Socket.Kind, options: SocketOptions,
        curve: CurveKeyPair?, admits: @escaping @Sendable ([UInt8]) -> String? = { _ in nil },
        stillAdmits: @escaping @Sendable (String) -> Bool = { _ in true },
        limits: GateLimits, folder: PrivateFolder, owner: any PassageOwner,
        note: @escaping @Sendable (GateNote) -> Void,
        failed: @escaping @Sendable (String) -> Void
    ) {
        self.name = name
        self.endpoint = endpoint
        self.kind = kind
        self.options = options
        self.curve = curve
        self.admits = admits
        self.stillAdmits = stillAdmits
        self.limits = limits
        self.folder = folder
        self.owner = owner
        self.note = note
        self.failed = failed
    }
}

/// What is to be logged: `count` connections of `source` were turned away since it was last said.
package struct GateNote: Sendable, Equatable {
    package let gate: String
    package let source: String
    package let reason: Turning
    package let count: Int
}
