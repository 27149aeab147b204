/** How an artifact is kept. What holds identity (encoded DICOM, rendered pages) is encrypted. */
export interface PutOptions {
  readonly mediaType: string;
  readonly encrypt: boolean;
}

/** Name and size of the plain bytes of an artifact. */
export interface StoredArtifact {
  /** Lower-case hexadecimal SHA-256. */
  readonly digest: string;
  readonly size: number;
}

/**
 * Bytes kept outside the database, named by the digest of their plain bytes, so that putting the same bytes
 * twice is one artifact. A folder by default; other stores keep the same promises.
 */
export interface ArtifactStore {
  /** Resolves when the bytes are on disk. @throws artifact.no-room, artifact.too-large */
  put(content: Uint8Array | AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredArtifact>;
  /** The plain bytes, compared with their name. @throws artifact.missing, artifact.damaged, keys.unknown */
  get(digest: string): Promise<Uint8Array>;
  /** The same piece by piece; damage to the whole is noticed at the end at the latest. */
  stream(digest: string): AsyncIterable<Uint8Array>;
  has(digest: string): Promise<boolean>;
  /** Removes it if it is there. */
  remove(digest: string): Promise<void>;
}
