import Foundation
import Glibc

/// Starts `executable` without this process's signal settings: it watches some and ignores others, and
/// a new program must not.
///
/// - Parameters:
///   - variables: of the environment, beside those of this process.
///   - isSessionLeader: whether it leads a session of its own, which no signal of this terminal reaches.
///   - descriptors: adds what its standard descriptors are.
func spawn(
    _ executable: String, _ arguments: [String], variables: [String: String] = [:],
    isSessionLeader: Bool = false,
    descriptors: (inout posix_spawn_file_actions_t) -> Void
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    descriptors(&actions)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    // POSIX_SPAWN_SETSID (glibc 2.26) is behind _GNU_SOURCE in spawn.h.
    let newSession: Int32 = isSessionLeader ? 0x80 : 0
    posix_spawnattr_setflags(
        &attributes, Int16(newSession | Int32(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)))

    var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var environment: [UnsafeMutablePointer<CChar>?] =
        ProcessInfo.processInfo.environment.merging(variables) { $1 }
        .map { strdup("\($0)=\($1)") }
    environment.append(nil)
    defer { for word in environment { free(word) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, executable, &actions, &attributes, words, environment)
    guard code == 0 else {
        throw CommandFailure.failed(
            "\(executable) cannot be started: \(String(cString: strerror(code)))")
    }
    return pid
}

/// The file of this very program.
func thisExecutable() throws -> String {
    do {
        return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    } catch {
        throw CommandFailure.failed("/proc/self/exe cannot be read")
    }
}
