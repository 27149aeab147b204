const KiB = 1024;
const MiB = 1024 * KiB;

/** Bounds on everything that comes from outside, in one place. Bytes, seconds or counts as named. */
export const limits = {
  hl7MessageBytes: 4 * MiB,
  hl7ConnectionsPerFeed: 512,
  hl7ConnectionsPerPeer: 32,
  hl7IdleSeconds: 600,
  /** How long one frame may take to come. */
  hl7FrameSeconds: 60,
  /** Frames of one listener that have begun and not ended, all together. */
  hl7UnfinishedBytes: 64 * MiB,
  /** Ends of lines, which are more than the segments where a sender leaves line breaks unescaped. */
  hl7Lines: 100_000,
  hl7Segments: 2000,
  /** Fields of a segment, repetitions of a field, components of a repetition, subcomponents of a component. */
  hl7PartsPerLevel: 1000,
  /** Fields, repetitions, components and subcomponents of a whole message. */
  hl7Parts: 200_000,
  hl7BatchMessages: 1000,
  hl7Orders: 200,
  hl7StudiesPerOrder: 50,
  hl7HeaderFieldCharacters: 512,
  /** How much of one value is read, with its escape sequences. */
  hl7ValueCharacters: 4096,
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
  /** What an archive may add to an object of ours, beyond twice what was sent. */
  coercionBytes: 1 * MiB,
  manifestBytes: 1 * MiB,
} as const;
