/// Connections that are not known yet, by where they come from. When there are too many, the oldest of
/// the origin that has the most gives way: whoever comes in numbers pushes out its own.
struct Crowd {
    private var members: [Origin: [UInt64]] = [:]
    private(set) var count = 0

    mutating func insert(_ number: UInt64, from origin: Origin) {
        members[origin, default: []].append(number)
        count += 1
    }

    mutating func remove(_ number: UInt64, from origin: Origin) {
        guard let index = members[origin]?.firstIndex(of: number) else { return }
        members[origin]?.remove(at: index)
        if members[origin]?.isEmpty == true { members[origin] = nil }
        count -= 1
    }

    /// Who gives way; nil if there is none.
    var next: UInt64? {
        members.values.max { left, right in
            left.count == right.count ? left[0] > right[0] : left.count < right.count
        }?.first
    }
}
