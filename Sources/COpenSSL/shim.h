// What Swift cannot call in OpenSSL 3.0 itself: macros, typed stacks, and the one hot path.
#ifndef GONGJI_COPENSSL_SHIM_H
#define GONGJI_COPENSSL_SHIM_H

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdint.h>
#include <time.h>

// ---- Digests: one EVP_MD_CTX per thread and algorithm, freed when the thread ends.

static inline void gongji_free_digest_context(void *context) {
    EVP_MD_CTX_free((EVP_MD_CTX *)context);
}

static inline int gongji_make_digest_key(pthread_key_t *key) {
    return pthread_key_create(key, gongji_free_digest_context) == 0;
}

// Digest of `head` followed by `tail` into the 32 octets at `out`. 1, or 0 if memory ran out.
static inline int gongji_digest(const EVP_MD *algorithm, pthread_key_t key, const void *head,
                                size_t head_bytes, const void *tail, size_t tail_bytes,
                                unsigned char *out) {
    EVP_MD_CTX *context = (EVP_MD_CTX *)pthread_getspecific(key);
    if (context == NULL) {
        context = EVP_MD_CTX_new();
        if (context == NULL || pthread_setspecific(key, context) != 0) {
            EVP_MD_CTX_free(context);
            return 0;
        }
    }
    return EVP_DigestInit_ex2(context, algorithm, NULL) == 1
        && (head_bytes == 0 || EVP_DigestUpdate(context, head, head_bytes) == 1)
        && (tail_bytes == 0 || EVP_DigestUpdate(context, tail, tail_bytes) == 1)
        && EVP_DigestFinal_ex(context, out, NULL) == 1;
}

// ---- Rows of a store: contexts that keep their key, for one thread at a time.

static inline EVP_MAC_CTX *gongji_row_marks(const void *key, size_t key_bytes) {
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_end()};
    EVP_MAC *algorithm = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(algorithm);
    EVP_MAC_free(algorithm);
    if (context != NULL
        && EVP_MAC_init(context, (const unsigned char *)key, key_bytes, parameters) == 1)
        return context;
    EVP_MAC_CTX_free(context);
    return NULL;
}

// HMAC of `head` followed by `tail` into the 32 octets at `out`. 1, or 0 if it failed.
static inline int gongji_mark_row(EVP_MAC_CTX *context, const void *head, size_t head_bytes,
                                  const void *tail, size_t tail_bytes, void *out) {
    size_t written = 0;
    return EVP_MAC_init(context, NULL, 0, NULL) == 1
        && EVP_MAC_update(context, (const unsigned char *)head, head_bytes) == 1
        && (tail_bytes == 0
            || EVP_MAC_update(context, (const unsigned char *)tail, tail_bytes) == 1)
        && EVP_MAC_final(context, (unsigned char *)out, &written, 32) == 1 && written == 32;
}

static inline EVP_CIPHER_CTX *gongji_row_veils(const void *key) {
    EVP_CIPHER *algorithm = EVP_CIPHER_fetch(NULL, "AES-256-CTR", NULL);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int done = algorithm != NULL && context != NULL
        && EVP_EncryptInit_ex2(context, algorithm, (const unsigned char *)key, NULL, NULL) == 1;
    EVP_CIPHER_free(algorithm);
    if (done) return context;
    EVP_CIPHER_CTX_free(context);
    return NULL;
}

// Encrypts (which is decrypting) in place, with the 16 octets at `counter` to begin with.
static inline int gongji_veil_row(EVP_CIPHER_CTX *context, const void *counter, void *octets,
                                  size_t bytes) {
    int written = 0;
    return bytes <= INT_MAX
        && EVP_EncryptInit_ex2(context, NULL, NULL, (const unsigned char *)counter, NULL) == 1
        && (bytes == 0
            || EVP_EncryptUpdate(context, (unsigned char *)octets, &written,
                                 (const unsigned char *)octets, (int)bytes) == 1);
}

// ---- Keys

// A pass phrase callback that has none: an encrypted key is an error, never a prompt.
static inline int gongji_no_pass_phrase(char *buffer, int size, int writing, void *data) {
    (void)buffer; (void)size; (void)writing; (void)data;
    return -1;
}

static inline EVP_PKEY *gongji_read_private_key(BIO *bio) {
    return PEM_read_bio_PrivateKey(bio, NULL, gongji_no_pass_phrase, NULL);
}

static inline int gongji_write_private_key(BIO *bio, EVP_PKEY *key) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
}

// The octets that a memory BIO holds; they belong to the BIO.
static inline long gongji_bio_octets(BIO *bio, char **octets) {
    return BIO_get_mem_data(bio, octets);
}

// ---- Profiles

// Of the extension `nid`: 1 if it is there once and critical, 0 if once and not critical, -1 if it is not
// there, -2 if it is there twice.
static inline int gongji_extension(const X509 *certificate, int nid) {
    int place = X509_get_ext_by_NID(certificate, nid, -1);
    if (place < 0) return -1;
    if (X509_get_ext_by_NID(certificate, nid, place) >= 0) return -2;
    return X509_EXTENSION_get_critical(X509_get_ext(certificate, place));
}

// The `index`th text of a name in UTF-8, to be freed with `gongji_free`. Its octets, or -1.
static inline int gongji_name_text(const X509_NAME *name, int index, unsigned char **text) {
    X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, index);
    return entry == NULL ? -1 : ASN1_STRING_to_UTF8(text, X509_NAME_ENTRY_get_data(entry));
}

static inline void gongji_free(void *octets) { OPENSSL_free(octets); }

// ---- DER

// The first element inside the outer SEQUENCE (what a certificate, a request or a list of revoked
// certificates signs), as it stands in `der`. Its length with header, or -1.
static inline long gongji_signed_part(const unsigned char *der, long der_bytes, long *offset) {
    const unsigned char *cursor = der;
    long length = 0;
    int tag = 0, kind = 0;
    if (ASN1_get_object(&cursor, &length, &tag, &kind, der_bytes) & 0x81
        || tag != V_ASN1_SEQUENCE) return -1;
    const unsigned char *start = cursor;
    if (ASN1_get_object(&cursor, &length, &tag, &kind, length) & 0x81
        || tag != V_ASN1_SEQUENCE) return -1;
    *offset = start - der;
    return (cursor - start) + length;
}

// Seconds since 1970 UTC. 1, or 0 if the time cannot be read.
static inline int gongji_seconds(const ASN1_TIME *time, int64_t *seconds) {
    struct tm parts;
    if (time == NULL || ASN1_TIME_to_tm(time, &parts) != 1) return 0;
    *seconds = (int64_t)timegm(&parts);
    return 1;
}

// ---- Certificates

static inline int gongji_add_extension(X509 *subject, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, subject, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&context);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    int done = extension != NULL && X509_add_ext(subject, extension, -1);
    X509_EXTENSION_free(extension);
    return done;
}

// 1 if the algorithm inside the signed part is the one outside, and is SM2-with-SM3.
static inline int gongji_certificate_is_sm2(const X509 *certificate) {
    const X509_ALGOR *outer = NULL;
    X509_get0_signature(NULL, &outer, certificate);
    return X509_ALGOR_cmp(outer, X509_get0_tbs_sigalg(certificate)) == 0
        && OBJ_obj2nid(outer->algorithm) == NID_SM2_with_SM3;
}

// ---- Lists of revoked certificates

static inline int gongji_crl_add_extension(X509_CRL *list, X509 *issuer, int nid,
                                           const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, NULL, NULL, list, 0);
    X509V3_set_ctx_nodb(&context);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    int done = extension != NULL && X509_CRL_add_ext(list, extension, -1);
    X509_EXTENSION_free(extension);
    return done;
}

static inline int gongji_crl_is_sm2(const X509_CRL *list) {
    const X509_ALGOR *outer = NULL;
    X509_CRL_get0_signature(list, NULL, &outer);
    return OBJ_obj2nid(outer->algorithm) == NID_SM2_with_SM3;
}

static inline int gongji_crl_count(X509_CRL *list) {
    STACK_OF(X509_REVOKED) *revoked = X509_CRL_get_REVOKED(list);
    return revoked == NULL ? 0 : sk_X509_REVOKED_num(revoked);
}

static inline X509_REVOKED *gongji_crl_entry(X509_CRL *list, int index) {
    return sk_X509_REVOKED_value(X509_CRL_get_REVOKED(list), index);
}

// 1 if a critical extension other than those of this profile stands in the list or in an entry:
// then the list does not mean what it seems to (delta, indirect, partitioned).
static inline int gongji_crl_has_unknown_critical(X509_CRL *list) {
    for (int i = 0; i < X509_CRL_get_ext_count(list); i++) {
        X509_EXTENSION *extension = X509_CRL_get_ext(list, i);
        int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
        if (X509_EXTENSION_get_critical(extension) && nid != NID_crl_number
            && nid != NID_authority_key_identifier) return 1;
    }
    for (int n = 0; n < gongji_crl_count(list); n++) {
        X509_REVOKED *entry = gongji_crl_entry(list, n);
        for (int i = 0; i < X509_REVOKED_get_ext_count(entry); i++) {
            X509_EXTENSION *extension = X509_REVOKED_get_ext(entry, i);
            int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
            if (X509_EXTENSION_get_critical(extension) && nid != NID_crl_reason) return 1;
        }
    }
    return 0;
}

// The reason code of RFC 5280 §5.3.1, 0 if the entry gives none.
static inline long gongji_revocation_reason(const X509_REVOKED *entry) {
    ASN1_ENUMERATED *code = (ASN1_ENUMERATED *)X509_REVOKED_get_ext_d2i(
        entry, NID_crl_reason, NULL, NULL);
    long value = code == NULL ? 0 : ASN1_ENUMERATED_get(code);
    ASN1_ENUMERATED_free(code);
    return value;
}

static inline int gongji_set_revocation_reason(X509_REVOKED *entry, long reason) {
    ASN1_ENUMERATED *code = ASN1_ENUMERATED_new();
    int done = code != NULL && ASN1_ENUMERATED_set(code, reason)
        && X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, code, 0, 0);
    ASN1_ENUMERATED_free(code);
    return done;
}

static inline int gongji_crl_set_number(X509_CRL *list, uint64_t number) {
    ASN1_INTEGER *value = ASN1_INTEGER_new();
    int done = value != NULL && ASN1_INTEGER_set_uint64(value, number)
        && X509_CRL_add1_ext_i2d(list, NID_crl_number, value, 0, 0);
    ASN1_INTEGER_free(value);
    return done;
}

static inline int gongji_crl_number(X509_CRL *list, uint64_t *number) {
    ASN1_INTEGER *value = (ASN1_INTEGER *)X509_CRL_get_ext_d2i(list, NID_crl_number, NULL, NULL);
    int done = value != NULL && ASN1_INTEGER_get_uint64(number, value);
    ASN1_INTEGER_free(value);
    return done;
}

#endif
