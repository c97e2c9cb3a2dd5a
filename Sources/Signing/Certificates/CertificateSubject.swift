package import Domain

/// Whom a certificate is about. In the subject: C=CN, O=`organization`, CN=`commonName`,
/// serialNumber (2.5.4.5) = the GB/T 2260 code of `province`.
package struct CertificateSubject: Hashable, Sendable {
    package let province: ProvinceCode
    package let organization: String
    package let commonName: String

    /// `organization` and `commonName`: 1 to 64 characters each (RFC 5280 upper bounds).
    package init(province: ProvinceCode, organization: String, commonName: String) {
        self.province = province
        self.organization = organization
        self.commonName = commonName
    }
}
