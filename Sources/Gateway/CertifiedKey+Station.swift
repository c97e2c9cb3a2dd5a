package import Domain
import Rounds
package import Signing
package import Wire

extension CertifiedKey: StationSigning {
    package var hashing: any Hashing { suite.hashing }
    package var validFrom: Instant { certificate.validity.notBefore }
}
