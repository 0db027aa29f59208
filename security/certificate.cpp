// SPDX-License-Identifier: Apache-2.0
#include "security/certificate.hpp"

#include <algorithm>
#include <ctime>
#include <optional>

#include "security/certificate_extensions.hpp"
#include "security/identity_names.hpp"
#include "security/openssl_ptr.hpp"

namespace muster::security {
namespace {

/// A parsed certificate whose DER is the only encoding of it, so that one certificate cannot have
/// two hashes.
X509Ptr parse(BytesView der) {
  if (der.empty() || der.size() > certificate_bytes_max) return nullptr;
  const unsigned char* at = der.data();
  X509Ptr x509{d2i_X509(nullptr, &at, static_cast<long>(der.size()))};
  if (!x509 || at != der.data() + der.size()) return nullptr;
  Bytes again(der.size());
  if (i2d_X509(x509.get(), nullptr) != static_cast<int>(der.size())) return nullptr;
  unsigned char* out = again.data();
  i2d_X509(x509.get(), &out);
  if (!std::ranges::equal(again, der)) return nullptr;
  return x509;
}

std::optional<Key32> ed25519_key(X509* x509) {
  EVP_PKEY* const pkey = X509_get0_pubkey(x509);
  Key32 key{};
  std::size_t size = key.size();
  if (pkey == nullptr || EVP_PKEY_get_id(pkey) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(pkey, key.data(), &size) != 1) {
    return std::nullopt;
  }
  return key;
}

std::optional<std::int64_t> unix_s(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return timegm(&parts);
}

std::optional<Validity> validity_of(const X509* x509) {
  const auto from = unix_s(X509_get0_notBefore(x509));
  const auto to = unix_s(X509_get0_notAfter(x509));
  if (!from || !to) return std::nullopt;
  return Validity{*from, *to};
}

std::string_view text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

/// The one common name, if the name consists of nothing else.
std::optional<std::string> common_name(const X509_NAME* name) {
  if (X509_NAME_entry_count(name) != 1) return std::nullopt;
  const X509_NAME_ENTRY* const entry = X509_NAME_get_entry(name, 0);
  if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) != NID_commonName) return std::nullopt;
  const ASN1_STRING* const value = X509_NAME_ENTRY_get_data(entry);
  if (ASN1_STRING_type(value) != V_ASN1_UTF8STRING) return std::nullopt;
  return std::string{text_of(value)};
}

std::optional<std::uint64_t> serial_of(const X509* x509) {
  std::uint64_t serial = 0;
  if (ASN1_INTEGER_get_uint64(&serial, X509_get0_serialNumber(x509)) != 1 || serial == 0) {
    return std::nullopt;
  }
  return serial;
}

/// The only URI of a subjectAltName that holds nothing else.
std::optional<std::string> only_uri(const X509* x509) {
  int critical = -1;
  const GeneralNamesPtr names{static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(x509, NID_subject_alt_name, &critical, nullptr))};
  if (!names || sk_GENERAL_NAME_num(names.get()) != 1) return std::nullopt;
  const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), 0);
  if (name->type != GEN_URI) return std::nullopt;
  return std::string{text_of(name->d.uniformResourceIdentifier)};
}

/// The contents of the private extension `oid`; nothing if it is absent or there twice.
std::optional<BytesView> private_extension(const X509* x509, const char* oid) {
  const Asn1ObjectPtr object{OBJ_txt2obj(oid, 1)};
  const int at = X509_get_ext_by_OBJ(x509, object.get(), -1);
  if (at < 0 || X509_get_ext_by_OBJ(x509, object.get(), at) >= 0) return std::nullopt;
  return as_bytes(text_of(X509_EXTENSION_get_data(X509_get_ext(x509, at))));
}

std::optional<NodeSubject> node_subject(const X509* x509, const Certificate& certificate,
                                        const std::string& name, BytesView extension) {
  const auto node = decode_node_extension(extension);
  const auto checked = node_name(name);
  if (!node || !checked || *checked != name) return std::nullopt;
  if (node->id != node_id_of(certificate.ed25519)) return std::nullopt;
  if (only_uri(x509) != node_uri_of(name, certificate.overlay)) return std::nullopt;
  return NodeSubject{name, node->id, node->x25519};
}

std::optional<UserSubject> user_subject(const X509* x509, const Certificate& certificate,
                                        const std::string& name, BytesView extension) {
  auto homes = decode_homes_extension(extension);
  if (!homes || !user_name(name)) return std::nullopt;
  if (only_uri(x509) != aor_of(name, certificate.overlay)) return std::nullopt;
  return UserSubject{name, homes->all, std::move(homes->nodes)};
}

bool signs_certificates(X509* x509) {
  return (X509_get_extension_flags(x509) & (EXFLAG_CA | EXFLAG_V1)) == EXFLAG_CA &&
         (X509_get_key_usage(x509) & KU_KEY_CERT_SIGN) != 0;
}

Result<Certificate> read_root(X509* x509, Certificate certificate, const std::string& subject) {
  if (subject != certificate.overlay || X509_verify(x509, X509_get0_pubkey(x509)) != 1) {
    return fail("the certificate is of an authority, but not a root that signed itself");
  }
  certificate.subject = RootSubject{};
  return certificate;
}

Result<Certificate> read_leaf(X509* x509, Certificate certificate, const std::string& subject) {
  const auto node_extension = private_extension(x509, node_extension_oid);
  const auto homes_extension = private_extension(x509, homes_extension_oid);
  if (node_extension && !homes_extension) {
    if (auto node = node_subject(x509, certificate, subject, *node_extension)) {
      certificate.subject = std::move(*node);
      return certificate;
    }
  } else if (homes_extension && !node_extension) {
    if (auto user = user_subject(x509, certificate, subject, *homes_extension)) {
      certificate.subject = std::move(*user);
      return certificate;
    }
  }
  return fail(
      "the certificate is neither of a Muster node nor of a user: names, keys and "
      "extensions do not fit together");
}

}  // namespace

Result<Certificate> read_certificate(BytesView der) {
  const X509Ptr x509 = parse(der);
  if (!x509) return fail("the certificate is not DER, or longer than 4096 octets");
  const auto key = ed25519_key(x509.get());
  const auto issuer = common_name(X509_get_issuer_name(x509.get()));
  const auto subject = common_name(X509_get_subject_name(x509.get()));
  const auto serial = serial_of(x509.get());
  const auto validity = validity_of(x509.get());
  const std::uint32_t flags = X509_get_extension_flags(x509.get());
  if (!key || !issuer || !subject || !serial || !validity ||
      X509_get_version(x509.get()) != X509_VERSION_3 ||
      (flags & (EXFLAG_INVALID | EXFLAG_CRITICAL)) != 0 ||
      X509_get_signature_nid(x509.get()) != NID_ED25519) {
    return fail("the certificate is not an Ed25519 one of X.509 version 3 as Muster makes them");
  }
  const auto overlay = overlay_name(*issuer);
  if (!overlay || *overlay != *issuer) {
    return fail("the certificate's issuer is not the root of an overlay");
  }
  Certificate certificate{*overlay,  *serial,      *key, certificate_hash_of(der),
                          *validity, RootSubject{}};
  return signs_certificates(x509.get()) ? read_root(x509.get(), std::move(certificate), *subject)
                                        : read_leaf(x509.get(), std::move(certificate), *subject);
}

NodeId node_id_of(const Key32& ed25519_public) {
  // SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING } of RFC 8410 section 4, ahead of the key.
  static constexpr std::array<std::uint8_t, 12> spki_start = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                                              0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
  Bytes spki{spki_start.begin(), spki_start.end()};
  append(spki, ed25519_public);
  return *NodeId::from(BytesView{sha256(spki)}.first(NodeId::size));
}

CertificateHash certificate_hash_of(BytesView der) { return CertificateHash{sha256(der)}; }

}  // namespace muster::security
