package import Domain
import Settlement

/// The seals of one simulated province: nobody in a simulated world makes those of another.
package struct SimulatedSeals: PermissionSealing {
    private let province: ProvinceCode

    package init(province: ProvinceCode) { self.province = province }

    package func seal(_ terms: Digest) -> Digest {
        var mix = Mix(seed: UInt64(province.number))
        mix.absorb(terms)
        return mix.digest
    }
}
