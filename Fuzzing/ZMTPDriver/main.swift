import Foundation
import ZMTPFuzzing

// gongji-fuzz-zmtp [INPUTS] [SEED]: connections that speak ZMTP almost right, against gates in this process.
// An assertion ends the process; the last line says how far it was, and the seed makes the same again.

/// Whoever reads along reads at once.
func say(_ line: String) {
    print(line)
    fflush(nil)
}

let words = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let inputs = Int(words.first ?? 1_000_000)
let seed = words.dropFirst().first ?? UInt64.random(in: 0...UInt64.max)
say("seed \(seed), \(inputs) inputs")
let run = try FuzzRun(seed: seed)
var began = Date()
var last = 0
while run.count < inputs {
    try run.step()
    let seconds = Date().timeIntervalSince(began)
    if seconds >= 5 {
        say("\(run.count) inputs, \(Int(Double(run.count - last) / seconds)) a second")
        (began, last) = (Date(), run.count)
    }
}
run.end()
say("\(run.count) inputs held")
