import Signing
import Storage
import StorageSQLite
import Testing

/// The stores that the conformance suite runs against.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
    case memory
    case sqlite

    var testDescription: String { rawValue }

    /// A new, empty store. A file lives as long as the result.
    func make() throws -> TestedStore {
        switch self {
        case .memory: return TestedStore(MemoryStore(), folder: nil)
        case .sqlite:
            let folder = try TemporaryFolder()
            return TestedStore(
                try SQLiteStore(path: folder.file("store.db"), key: Samples.storeKey),
                folder: folder)
        }
    }
}

final class TestedStore {
    let store: any Store
    private let folder: TemporaryFolder?

    init(_ store: any Store, folder: TemporaryFolder?) {
        self.store = store
        self.folder = folder
    }
}

extension Samples {
    /// One for all stores of the tests.
    static let storeKey: StoreKey = {
        do { return try StoreKey.generate() } catch { preconditionFailure("\(error)") }
    }()
}
