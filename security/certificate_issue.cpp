// SPDX-License-Identifier: Apache-2.0
#include "security/certificate_issue.hpp"

#include <cstdio>
#include <cstdlib>

#include "security/certificate_extensions.hpp"
#include "security/identity_names.hpp"
#include "security/openssl_ptr.hpp"

namespace muster::security {
namespace {

void require(bool ok) {
  if (ok) return;
  std::fputs("muster: OpenSSL could not build a certificate; its installation is damaged\n",
             stderr);
  std::abort();
}

PkeyPtr private_pkey(const Key32& seed) {
  PkeyPtr pkey{EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size())};
  require(pkey != nullptr);
  return pkey;
}

X509NamePtr name_of(std::string_view common_name) {
  X509NamePtr name{X509_NAME_new()};
  require(name &&
          X509_NAME_add_entry_by_NID(name.get(), NID_commonName, V_ASN1_UTF8STRING,
                                     reinterpret_cast<const unsigned char*>(common_name.data()),
                                     static_cast<int>(common_name.size()), -1, 0) == 1);
  return name;
}

void set_validity(X509* x509, const Validity& validity) {
  require(ASN1_TIME_set(X509_getm_notBefore(x509), validity.not_before) != nullptr);
  require(ASN1_TIME_set(X509_getm_notAfter(x509), validity.not_after) != nullptr);
}

/// A certificate with everything but extensions and signature.
X509Ptr outline(std::string_view issuer, std::string_view subject, std::uint64_t serial,
                const Key32& ed25519_public_key, const Validity& validity) {
  X509Ptr x509{X509_new()};
  require(x509 && X509_set_version(x509.get(), X509_VERSION_3) == 1);
  require(ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509.get()), serial) == 1);
  require(X509_set_issuer_name(x509.get(), name_of(issuer).get()) == 1);
  require(X509_set_subject_name(x509.get(), name_of(subject).get()) == 1);
  set_validity(x509.get(), validity);
  const PkeyPtr key{EVP_PKEY_new_raw_public_key(
      EVP_PKEY_ED25519, nullptr, ed25519_public_key.data(), ed25519_public_key.size())};
  require(key && X509_set_pubkey(x509.get(), key.get()) == 1);
  return x509;
}

void add_basic_constraints_of_root(X509* x509) {
  const BasicConstraintsPtr constraints{BASIC_CONSTRAINTS_new()};
  require(constraints != nullptr);
  constraints->ca = 0xff;
  require(X509_add1_ext_i2d(x509, NID_basic_constraints, constraints.get(), 1, 0) == 1);
}

/// `bits` counts from the left: digitalSignature is 0, keyCertSign 5, cRLSign 6 (RFC 5280 4.2.1.3).
void add_key_usage(X509* x509, std::initializer_list<int> bits) {
  const Asn1StringPtr usage{ASN1_BIT_STRING_new()};
  require(usage != nullptr);
  for (const int bit : bits) require(ASN1_BIT_STRING_set_bit(usage.get(), bit, 1) == 1);
  require(X509_add1_ext_i2d(x509, NID_key_usage, usage.get(), 1, 0) == 1);
}

/// The first 20 octets of SHA-256 of the key, as in RFC 7093 section 2 (1).
Asn1StringPtr key_identifier(const Key32& ed25519_public_key) {
  Asn1StringPtr id{ASN1_OCTET_STRING_new()};
  require(id && ASN1_OCTET_STRING_set(id.get(), sha256(ed25519_public_key).data(), 20) == 1);
  return id;
}

void add_authority_key_identifier(X509* x509, const Key32& root_public) {
  const AuthorityKeyIdPtr authority{AUTHORITY_KEYID_new()};
  require(authority != nullptr);
  authority->keyid = key_identifier(root_public).release();
  require(X509_add1_ext_i2d(x509, NID_authority_key_identifier, authority.get(), 0, 0) == 1);
}

void add_uri(X509* x509, const std::string& uri) {
  const GeneralNamesPtr names{GENERAL_NAMES_new()};
  GeneralNamePtr name{GENERAL_NAME_new()};
  Asn1StringPtr text{ASN1_IA5STRING_new()};
  require(names && name && text);
  require(ASN1_STRING_set(text.get(), uri.data(), static_cast<int>(uri.size())) == 1);
  GENERAL_NAME_set0_value(name.get(), GEN_URI, text.release());
  require(sk_GENERAL_NAME_push(names.get(), name.release()) > 0);
  require(X509_add1_ext_i2d(x509, NID_subject_alt_name, names.get(), 0, 0) == 1);
}

/// Not critical, so that other X.509 software can read along; Muster itself demands it.
void add_private_extension(X509* x509, const char* oid, const Bytes& der) {
  const Asn1ObjectPtr object{OBJ_txt2obj(oid, 1)};
  const Asn1StringPtr value{ASN1_OCTET_STRING_new()};
  require(object && value);
  require(ASN1_OCTET_STRING_set(value.get(), der.data(), static_cast<int>(der.size())) == 1);
  const X509ExtensionPtr extension{
      X509_EXTENSION_create_by_OBJ(nullptr, object.get(), 0, value.get())};
  require(extension && X509_add_ext(x509, extension.get(), -1) == 1);
}

Bytes sign(X509* x509, const Key32& private_key) {
  // Ed25519 names no digest of its own to choose.
  require(X509_sign(x509, private_pkey(private_key).get(), nullptr) > 0);
  const int size = i2d_X509(x509, nullptr);
  require(size > 0);
  Bytes der(static_cast<std::size_t>(size));
  unsigned char* out = der.data();
  i2d_X509(x509, &out);
  return der;
}

/// The overlay that `issuer` may sign for.
Result<std::string> overlay_of(const Issuer& issuer) {
  const auto root = read_certificate(issuer.root_der);
  if (!root) return tl::make_unexpected(root.error());
  if (!std::holds_alternative<RootSubject>(root->subject) ||
      root->ed25519 != ed25519_public(issuer.root_private)) {
    return fail("the root certificate and the root key do not belong together");
  }
  return root->overlay;
}

Bytes finish_leaf(X509* x509, const Issuer& issuer, const std::string& uri, const char* oid,
                  const Bytes& extension) {
  add_key_usage(x509, {0});
  add_authority_key_identifier(x509, ed25519_public(issuer.root_private));
  add_uri(x509, uri);
  add_private_extension(x509, oid, extension);
  return sign(x509, issuer.root_private);
}

/// Issuing ends with reading: nothing leaves that a node would refuse.
Result<Bytes> readable(Bytes der) {
  const auto read = read_certificate(der);
  if (!read) return tl::make_unexpected(read.error());
  return der;
}

}  // namespace

Bytes issue_root(const std::string& overlay, const Key32& root_private, const Validity& validity) {
  const Key32 root_public = ed25519_public(root_private);
  const X509Ptr x509 = outline(overlay, overlay, 1, root_public, validity);
  add_basic_constraints_of_root(x509.get());
  add_key_usage(x509.get(), {5, 6});
  require(X509_add1_ext_i2d(x509.get(), NID_subject_key_identifier,
                            key_identifier(root_public).get(), 0, 0) == 1);
  return sign(x509.get(), root_private);
}

Result<Bytes> issue_node(const Issuer& issuer, std::uint64_t serial, const NodeRequest& request,
                         const Validity& validity) {
  const auto overlay = overlay_of(issuer);
  if (!overlay) return tl::make_unexpected(overlay.error());
  const X509Ptr x509 = outline(*overlay, request.name, serial, request.ed25519_public, validity);
  const NodeExtension node{node_id_of(request.ed25519_public), request.x25519_public};
  return readable(finish_leaf(x509.get(), issuer, node_uri_of(request.name, *overlay),
                              node_extension_oid, encode_node_extension(node)));
}

Result<Bytes> issue_user(const Issuer& issuer, std::uint64_t serial, const UserRequest& request,
                         const Validity& validity) {
  const auto overlay = overlay_of(issuer);
  if (!overlay) return tl::make_unexpected(overlay.error());
  const X509Ptr x509 = outline(*overlay, request.user, serial, request.ed25519_public, validity);
  const HomesExtension homes{request.homes_all, request.homes};
  return readable(finish_leaf(x509.get(), issuer, aor_of(request.user, *overlay),
                              homes_extension_oid, encode_homes_extension(homes)));
}

}  // namespace muster::security
