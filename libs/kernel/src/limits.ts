const KiB = 1024;
const MiB = 1024 * KiB;

/** Bounds on everything that comes from outside, in one place. Bytes, seconds or counts as named. */
export const limits = {
  hl7MessageBytes: 4 * MiB,
  hl7ConnectionsPerFeed: 512,
  hl7IdleSeconds: 600,
  jsonBodyBytes: 256 * MiB,
  multipartPartHeaderBytes: 16 * KiB,
  instanceBytes: 2048 * MiB,
  instancesPerStudy: 50_000,
  inflatedBytes: 2048 * MiB,
  qidoPages: 10_000,
  stowResponseBytes: 16 * MiB,
  manifestBytes: 1 * MiB,
} as const;
