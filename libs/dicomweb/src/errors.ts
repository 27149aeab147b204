import { errorsOf, type ErrorTable } from '@prelector/kernel';

export const dicomwebErrors = {
  'dicomweb.configuration': {
    recovery: 'permanent',
    scope: 'node',
    meaning: 'The address or credentials of the PACS node cannot be used as they are configured.',
  },
  'dicomweb.invalid-key': {
    recovery: 'permanent',
    meaning: 'A value that came from outside is no safe search key or UID, so the PACS was not asked.',
  },
  'dicomweb.unreachable': {
    recovery: 'transient',
    scope: 'node',
    meaning: 'The PACS could not be reached; check its address, the network and whether it runs.',
  },
  'dicomweb.tls': {
    recovery: 'permanent',
    scope: 'node',
    meaning:
      'The TLS connection to the PACS was refused; check certificates, the trusted CA and the host name.',
  },
  'dicomweb.timeout': { recovery: 'transient', meaning: 'The PACS did not answer in time.' },
  'dicomweb.aborted': {
    recovery: 'transient',
    scope: 'study',
    meaning: 'The request was given up on our side.',
  },
  'dicomweb.unauthorised': {
    recovery: 'permanent',
    scope: 'node',
    meaning: 'The PACS refused our credentials; correct them at the node.',
  },
  'dicomweb.not-signed': {
    recovery: 'permanent',
    meaning:
      'A request was not given the credentials of the PACS: they are for reading at its own addresses.',
  },
  'dicomweb.forbidden': {
    recovery: 'permanent',
    meaning: 'The PACS does not allow this to our account, or there is no such resource.',
  },
  'dicomweb.not-found': {
    recovery: 'transient',
    scope: 'study',
    meaning: 'The PACS has no such resource, or has it not yet.',
  },
  'dicomweb.gone': { recovery: 'permanent', meaning: 'The PACS says the objects are no longer accessible.' },
  'dicomweb.refused': {
    recovery: 'permanent',
    meaning: 'The PACS refused the request as it stands; its profile may not fit.',
  },
  'dicomweb.not-acceptable': {
    recovery: 'permanent',
    meaning:
      'The PACS offers none of the media types we asked for; correct the Accept headers of its profile.',
  },
  'dicomweb.busy': {
    recovery: 'transient',
    scope: 'node',
    meaning: 'The PACS is busy or limits our requests; it is asked again later.',
  },
  'dicomweb.server-error': { recovery: 'transient', meaning: 'The PACS failed while answering.' },
  'dicomweb.not-implemented': {
    recovery: 'transient',
    meaning: 'The PACS says that it does not offer what it was asked for.',
  },
  'dicomweb.redirect-refused': {
    recovery: 'permanent',
    scope: 'node',
    meaning: 'The PACS redirected us elsewhere, as a login page does; nothing was sent there.',
  },
  'dicomweb.redirect-off': {
    recovery: 'permanent',
    scope: 'node',
    meaning:
      'The PACS redirected us to another of its own addresses, and its profile follows no redirect: it may be a login page; otherwise name that address as its root, or set `http.redirects` of its profile to `configured-origins`.',
  },
  'dicomweb.login-page': {
    recovery: 'permanent',
    scope: 'node',
    meaning: 'A web page came instead of data: a login page or a proxy stands before the PACS.',
  },
  'dicomweb.malformed-answer': {
    recovery: 'transient',
    scope: 'study',
    meaning: 'The answer of the PACS could not be read.',
  },
  'dicomweb.empty-answer': {
    recovery: 'transient',
    meaning:
      'The answer of the PACS has no body, so it says neither what it has nor that it has nothing; if the server means no match by that, set `qido.emptyBodyIsEmpty` of its profile.',
  },
  'dicomweb.cut-off': {
    recovery: 'transient',
    scope: 'study',
    meaning: 'The answer of the PACS ended before it was complete.',
  },
  'dicomweb.too-large': {
    recovery: 'permanent',
    meaning: 'The content exceeds what may be sent or received.',
  },
  'dicomweb.too-many-matches': {
    recovery: 'permanent',
    meaning: 'The PACS will not give all matches of this search; it must be narrowed.',
  },
  'dicomweb.search-cut-short': {
    recovery: 'transient',
    meaning:
      'The PACS says that there are more matches than it gives; lower `qido.paging.pageSize` of its profile, or ask its administrator for its limit of matches.',
  },
  'dicomweb.unreadable-matches': {
    recovery: 'transient',
    scope: 'study',
    meaning: 'Some matches of the PACS state no UID, so what they are is unknown; all others were taken.',
  },
  'dicomweb.paging-ignored': {
    recovery: 'permanent',
    meaning: 'The PACS repeats the same full page of matches, so the rest cannot be reached.',
  },
  'dicomweb.keys-ignored': {
    recovery: 'transient',
    scope: 'study',
    meaning:
      'The PACS gives the same few studies whatever is asked, and pages of no more, so it is unknown whether it has the one that is wanted; ask its administrator to have it match Study Instance UID, Accession Number and Patient ID.',
  },
  'dicomweb.instances-missing': {
    recovery: 'transient',
    scope: 'study',
    meaning: 'The PACS sent fewer instances than the series holds.',
  },
  'dicomweb.foreign-instance': {
    recovery: 'transient',
    scope: 'study',
    meaning: 'The PACS sent an instance that belongs to another study, series or instance than was asked.',
  },
  'dicomweb.duplicate-instance': {
    recovery: 'transient',
    scope: 'study',
    meaning: 'The PACS sent the same SOP Instance UID twice in one answer.',
  },
  'dicomweb.metadata-unsupported': {
    recovery: 'permanent',
    meaning: 'This server has no metadata service; list its instances by QIDO-RS.',
  },
  'dicomweb.store-not-allowed': {
    recovery: 'permanent',
    meaning: 'This part of Prelector, or this PACS node, never stores.',
  },
  'dicomweb.store-unconfirmed': {
    recovery: 'ambiguous',
    meaning: 'The PACS may or may not have stored the objects; look before storing again.',
  },
  'dicomweb.media-type-refused': {
    recovery: 'permanent',
    meaning: 'The PACS does not take the form of the store request; correct the stow section of its profile.',
  },
} satisfies ErrorTable;

export const dicomwebError = errorsOf(dicomwebErrors);
export type DicomWebErrorCode = keyof typeof dicomwebErrors;
