import ArgumentParser

/// `--json`, on every command.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print one JSON document (amounts in fen) instead of text.")
    var json = false
}
