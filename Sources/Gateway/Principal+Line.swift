import Settlement

extension Principal {
    /// In whose line its requests wait: a client's, and over `ipc://` that of the user of the system.
    var line: String { client == Principal.localClient ? person : client }
}
