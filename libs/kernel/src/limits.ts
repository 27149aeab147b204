const KiB = 1024;
const MiB = 1024 * KiB;

/** Bounds on everything that comes from outside, in one place. Bytes, seconds or counts as named. */
export const limits = {
  hl7MessageBytes: 4 * MiB,
  hl7ConnectionsPerFeed: 512,
  hl7IdleSeconds: 600,
  /** Metadata of the instances of a series or study. */
  jsonBodyBytes: 256 * MiB,
  qidoPageBytes: 32 * MiB,
  /** Matches of one page where a server gives more than it was asked for; or twice what was asked for. */
  qidoPageMatches: 1000,
  /** Studies of one search, unless its caller sets another limit. */
  studiesPerSearch: 100_000,
  multipartPartHeaderBytes: 16 * KiB,
  instanceBytes: 2048 * MiB,
  instancesPerStudy: 50_000,
  inflatedBytes: 2048 * MiB,
  /** Unpacked bytes for each packed one, beyond the floors that follow. */
  inflationRatio: 200,
  inflationFloorBytes: 64 * MiB,
  gunzipFloorBytes: 1 * MiB,
  qidoPages: 10_000,
  stowResponseBytes: 16 * MiB,
  manifestBytes: 1 * MiB,
} as const;
