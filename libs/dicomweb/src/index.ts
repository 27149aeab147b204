export { dicomwebError, dicomwebErrors } from './errors.js';
export type { DicomWebErrorCode } from './errors.js';
export { DicomWebClient } from './dicomweb-client.js';
export type { CallOptions, DicomWebClientOptions, Roots, Timeouts, TlsOptions } from './options.js';
export type {
  Authenticator,
  Refusal,
  Signature,
  SignableRequest,
  Verdict,
} from './authentication/authenticator.js';
export { secretReference } from './authentication/authentication.js';
export type { AuthenticationContext } from './authentication/authentication.js';
export { lent } from './authentication/lent.js';
export { authenticationSchema, openAuthenticator, secretsOf } from './authentication/registry.js';
export type { AuthenticationSettings } from './authentication/registry.js';
export { matchesStudy } from './match.js';
export type { DateRange, InstanceQuery, QidoQuery, SeriesQuery } from './query.js';
export type { RetrieveInstanceOptions, RetrieveOptions } from './retrieve.js';
export type { RetrievedInstance } from './receipt.js';
export type { InstanceToStore } from './store.js';
export { parseStoreResponse } from './store-response.js';
export type { StoreInstanceOutcome, StoreOutcomes, StoredAt } from './store-response.js';
export { storeFailures } from './store-failure.js';
export type { StoreFailure } from './store-failure.js';
export { MultipartReader } from './multipart-reader.js';
export type { MultipartOptions, MultipartPart } from './multipart-reader.js';
export { readMultipart } from './read-multipart.js';
export type { ReadMultipartOptions } from './read-multipart.js';
