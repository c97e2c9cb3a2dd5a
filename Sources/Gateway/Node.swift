package import Domain
import Entrance
import Foundation
import Glibc
import Rounds
import Settlement
import Signing
import Storage
import StorageSQLite
import Wire
import ZeroMQ

/// One province's node: opens what its configuration names, and runs until it is told to stop.
package final class Node {
    package static let version = "0.1.0"

    package let configuration: NodeConfiguration
    package let province: ProvinceCode
    private let folder: String
    private let store: SQLiteStore
    private let storePath: String
    private let trust: Trust
    private let rulePaths: RuleFilePaths
    private let identities: NodeIdentities
    private let signer: CertifiedKey
    private let curve: CurveKeyPair
    private let recovery: Recovery
    private let log: Log

    /// Reads and checks everything; nothing is bound and no peer is spoken to yet.
    package init(configurationAt path: String) throws {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw NodeFailure.configuration("cannot read \(path)")
        }
        do {
            configuration = try JSONDecoder().decode(NodeConfiguration.self, from: data)
        } catch {
            throw NodeFailure.configuration("\(path) is not a node configuration: \(error)")
        }
        guard let province = ProvinceCode(configuration.province) else {
            throw NodeFailure.configuration(
                "province \(configuration.province) is no code of GB/T 2260, such as 370000")
        }
        self.province = province
        log = Log(province: province.description)
        umask(0o077)
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().standardizedFileURL
            .path
        self.folder = folder
        let resolve = { (name: String) in name.hasPrefix("/") ? name : "\(folder)/\(name)" }
        // Who may change these says who may do everything.
        for file in [path, resolve(configuration.rootCertificate)] {
            try GuardedFile.checkUnchangeable(file)
        }
        signer = try CertifiedKey(
            keyFile: resolve(configuration.signingKey),
            certificateFile: resolve(configuration.signingCertificate))
        curve = try Node.curveKeys(resolve(configuration.curveKey))
        let directory = try DirectoryDocument.load(
            folder: Node.directoryFolder(resolve(configuration.directory)),
            roots: [try X509Certificate(file: resolve(configuration.rootCertificate))],
            network: nil,
            current: nil, now: Clock.now())
        guard let entry = directory.node(province) else {
            throw NodeFailure.notInDirectory(province)
        }
        guard entry.certificates.contains(where: { [signer] in $0.keyID == signer.keyID }) else {
            throw NodeFailure.keyNotInDirectory("signing certificate")
        }
        guard entry.curvePublicKey == curve.publicKey else {
            throw NodeFailure.keyNotInDirectory("CURVE key")
        }
        rulePaths = RuleFilePaths(
            rules: resolve(configuration.rules), register: configuration.register.map(resolve))
        let keys = NodeFolder(
            URL(fileURLWithPath: resolve(configuration.signingKey)).deletingLastPathComponent()
                .path)
        identities = try NodeIdentities(
            keys, identityKey: configuration.identityKey.map(resolve), log: log)
        guard let controls = (configuration.controls ?? .init()).controls else {
            throw NodeFailure.configuration(
                "controls: amounts are 0 or more fen, card_cooling_off_hours is 0 to 8784, "
                    + "peer_questions_factor is 1 to 1000")
        }
        // Whoever raises them is to be seen.
        log.write(
            .info, "controls",
            [
                "deposit_fen_max": String(controls.depositFenMax),
                "opening_balance_fen_max": String(controls.openingBalanceFenMax),
                "card_cooling_off_hours":
                    String(controls.cardCoolingOffMilliseconds / 3_600_000),
                "peer_questions_factor": String(controls.peerQuestionsFactor),
            ])
        trust = Trust(
            directory, province: province, rules: try LocalRules.load(rulePaths),
            identities: identities, seals: try NodeSeals(curveSecret: curve.secretKey),
            controls: controls)
        storePath = resolve(configuration.store)
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: storePath).deletingLastPathComponent().path,
            withIntermediateDirectories: true)
        try GuardedFile.checkStore(storePath, beside: ["-wal", "-shm", "-journal", "-mark"])
        store = try SQLiteStore(
            path: storePath, key: try StoreKey(file: resolve(configuration.storeKey)),
            cacheBytes: configuration.storeCacheBytes ?? SQLiteStore.writerCacheBytesDefault)
        try DirectoryMemory.claim(directory.edition, store)
        recovery = try Recovery(
            store, network: directory.network, province: province,
            members: directory.nodes.map(\.province), signer: signer,
            newEpoch: Clock.newIdentifier)
        try identities.check(store)
    }

    /// Binds the sockets and runs until SIGTERM or SIGINT; SIGHUP loads the directory and
    /// the rules anew.
    /// Throws if the node could not start or had to give up.
    package func run() throws {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)

        Node.forbidCoreFiles()
        for local in [configuration.status, configuration.events]
        where !local.hasPrefix("ipc://") {
            throw NodeFailure.configuration(
                "\(local): status and events have no authentication; give them an ipc:// socket")
        }
        let descriptors = try DescriptorShares(members: trust.current.directory.nodes.count)
        let board = StatusBoard()
        let inbox = Inbox()
        let context = try Context(ioThreads: 1, socketsMax: min(descriptors.limit, 32_768))
        let isLocal = configuration.service.hasPrefix("ipc://")
        let gates = try NodeGates(
            NodeGates.Endpoints(
                listen: configuration.listen, service: endpoint(configuration.service),
                status: endpoint(configuration.status), events: endpoint(configuration.events)),
            in: context, curve: curve, trust: trust,
            clients: isLocal ? nil : try Node.clientKeys(configuration), descriptors: descriptors,
            board: board, log: log
        ) { [log] sentence in Core.giveUp(inbox, log, "gate_failed", sentence) }

        let desk = QueryDesk(store: store, trust: trust, log: log)
        let front = ServiceFront(
            hall: gates.service, inbox: inbox, desk: desk,
            identities: identities, board: board, log: log, sm3: SM3Hashing(),
            clients: isLocal ? nil : try Node.rights(configuration))
        let core = Core(
            store: store, trust: trust, signer: signer, inbox: inbox, front: front, board: board,
            log: log, province: province, storePath: storePath,
            directoryFolder: Node.directoryFolder(resolve(configuration.directory)),
            rulePaths: rulePaths, peers: PeerSockets(context: context, keys: curve),
            recovered: recovery)
        let refused: @Sendable (BatchRefusal, ProvinceCode?) -> Void = { [log] refusal, peer in
            let name = peer?.description ?? "unknown"
            board.refusedBatch(refusal.word, from: name)
            log.writeOnce(.warning, "batch_refused", ["peer": name, "reason": refusal.word])
        }
        let lanes = Lanes(
            network: trust.current.directory.network, province: province, trust: trust,
            identities: identities, inbox: inbox, refused: refused,
            roomMade: { [hall = gates.peers] in hall.wake() })
        let receiver = PeerReceiver(
            hall: gates.peers, lanes: lanes, trust: trust, inbox: inbox,
            stopped: Guarded(false), refused: refused, log: log)
        let statusServer = StatusServer(
            hall: gates.status, reports: gates.reporter(), board: board, inbox: inbox,
            store: store, trust: trust, log: log, province: province,
            signingKeyID: signer.keyID)

        let engine = Worker("engine") { core.run() }
        let threads =
            [
                Worker("peers") { receiver.run() },
                Worker("service") { front.run() },
                Worker("status") { statusServer.run() },
                Worker("questions") { desk.run(front) },
            ] + (0..<Node.laneWorkers).map { number in Worker("lanes \(number)") { lanes.work() } }
        log.write(
            .info, "node_started",
            ["listen": configuration.listen, "version": Node.version, "pid": String(getpid())])
        waitForEnd(signals, inbox, engine: engine)
        inbox.stop()
        engine.join()
        desk.stop()
        front.stop()
        lanes.stop()
        receiver.stop()
        statusServer.stop()
        for thread in threads { thread.join() }
        gates.stop()
        context.terminate()
        // What is in the log beside the file goes into it: the file alone is the whole store.
        do { try store.close() } catch {
            log.write(.warning, "store_not_closed", ["error": String(describing: error)])
        }
        log.write(.info, "node_stopped")
        if let failure = core.failure { throw NodeFailure.stopped(failure) }
    }

    /// Threads that check and open what peers send: two at least, so that what one peer makes costly is
    /// not the only thing that is worked on.
    private static let laneWorkers = max(2, min(4, sysconf(Int32(_SC_NPROCESSORS_ONLN)) / 2))

    /// A core file would hold keys.
    private static func forbidCoreFiles() {
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    }

    private func waitForEnd(_ signals: sigset_t, _ inbox: Inbox, engine: Worker) {
        var signals = signals
        while !engine.isFinished {
            var wait = timespec(tv_sec: 0, tv_nsec: 200_000_000)
            switch sigtimedwait(&signals, nil, &wait) {
            case SIGHUP: inbox.reload()
            case SIGTERM, SIGINT: return
            default: continue
            }
        }
    }

    private func resolve(_ name: String) -> String {
        name.hasPrefix("/") ? name : "\(folder)/\(name)"
    }

    private func endpoint(_ name: String) -> String {
        NodeConfiguration.endpoint(name, folder: folder)
    }

    private static func directoryFolder(_ path: String) -> String {
        URL(fileURLWithPath: path).deletingLastPathComponent().path
    }

    private static func curveKeys(_ path: String) throws -> CurveKeyPair {
        let secret = try SecretFile.read(path, bytesMax: 256)
        let text = secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        guard let key = Bytes(hex: text.filter { !$0.isWhitespace }),
            key.count == CurveKeyPair.keySize
        else {
            throw NodeFailure.configuration("\(path) does not hold a CURVE key in hexadecimal")
        }
        return try CurveKeyPair(secretKey: key)
    }

    private static func clientKeys(_ configuration: NodeConfiguration) throws -> [Bytes: String] {
        guard let clients = configuration.clients, !clients.isEmpty else {
            throw NodeFailure.configuration(
                "a service socket over TCP needs `clients` with CURVE keys and roles")
        }
        var keys: [Bytes: String] = [:]
        var names: Set<String> = []
        for client in clients {
            guard let key = Bytes(hex: client.curvePublicKey), key.count == CurveKeyPair.keySize
            else {
                throw NodeFailure.configuration(
                    "the CURVE key of client \(client.name) is not 64 hexadecimal digits")
            }
            // ZeroMQ carries the name with each message.
            guard (1...255).contains(client.name.utf8.count), !client.name.utf8.contains(0) else {
                throw NodeFailure.configuration(
                    "a client needs a name of 1 to 255 octets, for a role hangs on it")
            }
            guard names.insert(client.name).inserted else {
                throw NodeFailure.configuration(
                    "two clients have the name \(client.name): give each its own, for a role hangs "
                        + "on it")
            }
            if let other = keys.updateValue(client.name, forKey: key) {
                throw NodeFailure.configuration(
                    "clients \(other) and \(client.name) have the same CURVE key: "
                        + "give each its own")
            }
        }
        return keys
    }

    private static func rights(
        _ configuration: NodeConfiguration
    ) throws -> [String: ClientRights] {
        var rights: [String: ClientRights] = [:]
        for client in configuration.clients ?? [] {
            var institutions: Set<InstitutionCode>?
            if client.role == .institution {
                let codes = (client.institutions ?? []).map { InstitutionCode($0) }
                guard !codes.isEmpty, !codes.contains(nil) else {
                    throw NodeFailure.configuration(
                        "client \(client.name) has the role institution: list the codes of its "
                            + "institutions, such as \"institutions\": [\"H31000000001\"]")
                }
                institutions = Set(codes.compactMap { $0 })
            }
            guard let owner = StaffID(name: client.owner) else {
                throw NodeFailure.configuration(
                    "client \(client.name) needs an owner: the staff id of the person who answers "
                        + "for its key, of 1 to 64 octets (letters, digits, - . _ and spaces)")
            }
            rights[client.name] = ClientRights(
                principal: Principal(
                    client: client.name, person: owner.text, role: client.role.ofPrincipal),
                institutions: institutions)
        }
        return rights
    }
}

extension NodeConfiguration {
    /// An endpoint with its `ipc://` path made absolute.
    package static func endpoint(_ name: String, folder: String) -> String {
        let prefix = "ipc://"
        guard name.hasPrefix(prefix) else { return name }
        let path = String(name.dropFirst(prefix.count))
        return path.hasPrefix("/") ? name : "\(prefix)\(folder)/\(path)"
    }
}
