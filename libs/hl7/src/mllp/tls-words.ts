/** What went wrong in a TLS handshake, and what to do, by the code of OpenSSL or Node; the code follows in brackets. */
const words: Readonly<Record<string, string>> = {
  ECONNRESET:
    'the peer ended the handshake, as one does that does not trust our certificate, or only looks for an open port',
  ERR_SSL_HTTP_REQUEST:
    'the peer speaks HTTP without TLS, not MLLP over TLS: have HL7 sent to this port over TLS',
  ERR_SSL_WRONG_VERSION_NUMBER:
    'the peer speaks without TLS: have it send over TLS, or take tls from the feed',
  ERR_SSL_PACKET_LENGTH_TOO_LONG:
    'the peer speaks without TLS: have it send over TLS, or take tls from the feed',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the peer offers no version that is taken: have it use TLS 1.2 or later',
  ERR_SSL_VERSION_TOO_LOW: 'the peer offers no version that is taken: have it use TLS 1.2 or later',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION:
    'the peer takes no version that we offer: have it use TLS 1.2 or later',
  ERR_SSL_NO_SHARED_CIPHER:
    'peer and feed have no cipher in common: have it offer those of TLS 1.2 or later, and look at the kind of the feed’s key',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE:
    'the peer sent no certificate: give it one that tls.ca of the feed has signed, or set requestClientCertificate: false',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA:
    'the peer does not trust the authority of our certificate: give that to the peer',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE:
    'the peer refuses our certificate: look at its name, dates and authority',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    'the peer refuses our certificate: look at its name, dates and authority',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    'our certificate has expired for the peer: renew it, or set the peer’s clock',
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    'the peer takes no certificate of this kind: give the feed another one',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE:
    'the peer found nothing in common with us: look at its TLS versions and ciphers',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'the peer did not end the handshake in time: look whether it speaks TLS at all',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'certificate refused, signed by itself and not in tls.ca of the feed: add it there, if it is the sender’s',
  SELF_SIGNED_CERT_IN_CHAIN:
    'certificate refused, its authority is not in tls.ca of the feed: add that, if it is the sender’s',
  UNABLE_TO_GET_ISSUER_CERT:
    'certificate refused, its authority is not in tls.ca of the feed: add that, if it is the sender’s',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'certificate refused, its authority is not in tls.ca of the feed: add that, if it is the sender’s',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'certificate refused, its authority is not in tls.ca of the feed: add that, or have the sender send its whole chain',
  CERT_SIGNATURE_FAILURE:
    'certificate refused, another authority of that name has signed it: look which one tls.ca of the feed holds',
  CERT_HAS_EXPIRED: 'certificate refused, it has expired: have the sender renew it',
  CERT_NOT_YET_VALID:
    'certificate refused, it is not yet valid: look at its dates and at the clock of this machine',
  CERT_REVOKED: 'certificate refused, it was revoked: have the sender get another one',
  INVALID_PURPOSE: 'certificate refused, it is not for TLS clients: have it issued for client authentication',
  INVALID_CA: 'certificate refused, what signed it is no authority: have it issued by one',
};

/** A failed handshake in words; a code that is not known stands for itself. */
export function tlsWords(code: string, isCertificate: boolean): string {
  const said = words[code] ?? (isCertificate ? 'certificate refused' : 'the handshake failed');
  return `${said} (${code})`;
}
